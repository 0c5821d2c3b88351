"""What a batch asks of the database: look-ups before the decision; claims and new profiles after it.

Everything written here carries the coordinates of the record that caused it. A record that is executed again
after a crash so recognises what is its own, and the database work has the same effect as if done once.
"""

import asyncio
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import asyncpg

from consumer.store.database import Connection, Database
from consumer.store.partitions import EpochSuperseded
from schemas.ids import DeliveryId
from schemas.json import JsonObject
from schemas.profile import INTERACTIVE_MESSAGING

Identity = tuple[str, str]
"""Namespace and value."""
Address = tuple[str, str]
"""Channel and address, as the suppression list spells them."""


class Owner(NamedTuple):
    """The coordinates of the record that claimed a delivery or created a profile."""

    topic: str
    partition: int
    offset: int


class StoredProfile(NamedTuple):
    id: str
    attributes: JsonObject
    consents: JsonObject
    creator: Owner | None
    """None for one that was imported."""


class Claim(NamedTuple):
    """The right of one record to make a delivery; the fingerprint tells a repeat from a conflict."""

    owner: Owner
    fingerprint: bytes


class Creation(NamedTuple):
    """A profile to be made, unless somebody makes it in the meantime."""

    id: str
    creator: Owner


@dataclass(frozen=True, slots=True)
class Work:
    """What one batch wants to write."""

    group_id: str
    topic: str
    epochs: Mapping[int, int]
    attempted: Mapping[int, int]
    """Next offset after the batch, by partition."""
    creations: Mapping[Identity, Creation]
    releases: Sequence[tuple[DeliveryId, Owner]]
    """What records that ran before may still hold, but no longer deliver."""
    claims: Mapping[DeliveryId, Claim]


@dataclass(frozen=True, slots=True)
class Written:
    """How it stands after the batch was written."""

    profiles: Mapping[Identity, StoredProfile]
    """Ids and creators of the profiles wanted, made by this batch or by somebody in the meantime."""
    lost_claims: Mapping[DeliveryId, Claim]
    """The claims that were another record's already, as that one made them."""


class BatchStore(Protocol):
    records_at_once: int
    """How many records of a batch are best decided together."""

    async def find_profiles(self, identities: Iterable[Identity]) -> Mapping[Identity, StoredProfile]:
        """Stored profiles by identity; identities without one are absent."""

    async def find_suppressions(self, addresses: Iterable[Address]) -> Mapping[Address, Collection[str]]:
        """Why (channel, address) pairs are suppressed; those that are not are absent."""

    async def write(self, work: Work) -> Written:
        """One transaction: create profiles, release what is not delivered, check the epochs, claim the rest.

        Raises EpochSuperseded when another process owns one of the partitions by now.
        """


class NoBatchStore(BatchStore):
    """The high-throughput lane's: no profiles, no suppressions, no claims."""

    # ruff: noqa: ARG002

    records_at_once = 50
    """With no statement to share, so few that all made of them stays in the processor's cache (+25 %)."""

    async def find_profiles(self, identities: Iterable[Identity]) -> Mapping[Identity, StoredProfile]:
        return {}

    async def find_suppressions(self, addresses: Iterable[Address]) -> Mapping[Address, Collection[str]]:
        return {}

    async def write(self, work: Work) -> Written:
        # Where the other lane waits for the database, the batch before may go on with its transaction.
        await asyncio.sleep(0)
        return Written({}, {})


class DatabaseBatchStore(BatchStore):
    records_at_once = sys.maxsize

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_profiles(self, identities: Iterable[Identity]) -> Mapping[Identity, StoredProfile]:
        if not (wanted := set(identities)):
            return {}
        async with self._database.connection() as connection:
            return await _find_profiles(connection, wanted)

    async def find_suppressions(self, addresses: Iterable[Address]) -> Mapping[Address, Collection[str]]:
        if not (wanted := set(addresses)):
            return {}
        async with self._database.connection() as connection:
            return await _find_suppressions(connection, wanted)

    async def write(self, work: Work) -> Written:
        if not work.creations and not work.releases:
            # One statement is a transaction by itself: without BEGIN and COMMIT, three round trips less.
            async with self._database.connection() as connection:
                return Written({}, await _claim(connection, work))
        async with self._database.transaction() as connection:
            profiles = await _create_profiles(connection, work.creations)
            await _release(connection, work.releases)
            return Written(profiles, await _claim(connection, work))


async def _find_profiles(
    connection: Connection, identities: Collection[Identity]
) -> dict[Identity, StoredProfile]:
    rows = await connection.fetch(
        """
        SELECT i.namespace, i.value, p.id, p.attributes, p.consents,
               p.owner_topic, p.owner_partition, p.owner_offset
        FROM unnest($1::text[], $2::text[]) AS wanted (namespace, value)
        JOIN identities AS i USING (namespace, value)
        JOIN profiles AS p ON p.id = i.profile_id
        """,
        *_columns(list(identities), 2),
    )
    return {
        (row["namespace"], row["value"]): StoredProfile(
            str(row["id"]), row["attributes"], row["consents"], _creator(row)
        )
        for row in rows
    }


async def _find_suppressions(
    connection: Connection, addresses: Collection[Address]
) -> dict[Address, set[str]]:
    suppressed: dict[Address, set[str]] = {}
    rows = await connection.fetch(
        """
        SELECT s.channel, s.address, s.reason
        FROM unnest($1::text[], $2::text[]) AS wanted (channel, address)
        JOIN suppressions AS s USING (channel, address)
        """,
        *_columns(list(addresses), 2),
    )
    for row in rows:
        suppressed.setdefault((row["channel"], row["address"]), set()).add(row["reason"])
    return suppressed


async def _create_profiles(
    connection: Connection, creations: Mapping[Identity, Creation]
) -> dict[Identity, StoredProfile]:
    if not creations:
        return {}
    # In the order of their keys, so that two batches that create the same people cannot deadlock.
    rows = [
        (creations[identity].id, *identity, *creations[identity].creator) for identity in sorted(creations)
    ]
    await connection.execute(
        """
        WITH wanted AS (
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[])
            AS wanted (id, namespace, value, owner_topic, owner_partition, owner_offset)
        ), taken AS (
            INSERT INTO identities (namespace, value, profile_id)
            SELECT namespace, value, id FROM wanted ORDER BY namespace, value
            ON CONFLICT (namespace, value) DO NOTHING
            RETURNING profile_id
        )
        INSERT INTO profiles
            (id, attributes, consents, dataset, owner_topic, owner_partition, owner_offset)
        SELECT id, '{}', '{}', $7, owner_topic, owner_partition, owner_offset
        FROM wanted JOIN taken ON taken.profile_id = wanted.id
        """,
        *_columns(rows, 6),
        INTERACTIVE_MESSAGING,
    )
    return await _find_profiles(connection, creations)


async def _release(connection: Connection, releases: Sequence[tuple[DeliveryId, Owner]]) -> None:
    if not releases:
        return
    # In the order in which claims are locked.
    rows = [(id_, *owner) for id_, owner in sorted(releases)]
    await connection.execute(
        """
        DELETE FROM claims AS c
        USING unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[])
            AS given (delivery_id, owner_topic, owner_partition, owner_offset)
        WHERE c.delivery_id = given.delivery_id
          AND (c.owner_topic, c.owner_partition, c.owner_offset)
            = (given.owner_topic, given.owner_partition, given.owner_offset)
        """,
        *_columns(rows, 4),
    )


async def _claim(connection: Connection, work: Work) -> dict[DeliveryId, Claim]:
    """Claim, if every epoch still stands, and note how far was tried; returns the claims that others had.

    The partitions' rows stay locked until the transaction ends, so that a new owner's raise waits for it.
    Raises EpochSuperseded.
    """
    partitions, claims = sorted(work.attempted), work.claims
    # Sorted against deadlocks. The update changes nothing: it locks and returns the row as it stands, where
    # DO NOTHING would not see one that another transaction has just committed.
    wanted = [(id_, *claims[id_].owner, claims[id_].fingerprint) for id_ in sorted(claims)]
    rows = await connection.fetch(
        """
        WITH mine AS (
            SELECT * FROM unnest($3::int[], $4::bigint[], $5::bigint[]) AS mine (partition, epoch, attempted)
        ), held AS (
            SELECT p.partition, mine.attempted
            FROM mine JOIN partitions AS p USING (partition)
            WHERE p.group_id = $1 AND p.topic = $2 AND p.epoch = mine.epoch
            ORDER BY p.partition
            FOR UPDATE OF p
        ), standing AS (
            SELECT count(*) = cardinality($3) AS stands, array_agg(partition) AS kept FROM held
        ), noted AS (
            UPDATE partitions AS p
            SET attempted_offset = greatest(p.attempted_offset, held.attempted), updated_at = now()
            FROM held, standing
            WHERE p.group_id = $1 AND p.topic = $2 AND p.partition = held.partition AND stands
        ), wanted AS (
            SELECT * FROM unnest($6::uuid[], $7::text[], $8::int[], $9::bigint[], $10::bytea[])
            AS wanted (delivery_id, owner_topic, owner_partition, owner_offset, fingerprint)
        ), claimed AS (
            INSERT INTO claims AS c (delivery_id, owner_topic, owner_partition, owner_offset, fingerprint)
            SELECT wanted.* FROM wanted, standing WHERE stands ORDER BY delivery_id
            ON CONFLICT (delivery_id) DO UPDATE SET owner_topic = c.owner_topic
            RETURNING delivery_id, owner_topic, owner_partition, owner_offset, fingerprint
        ), lost AS (
            SELECT claimed.* FROM claimed JOIN wanted USING (delivery_id)
            WHERE (claimed.owner_topic, claimed.owner_partition, claimed.owner_offset)
               <> (wanted.owner_topic, wanted.owner_partition, wanted.owner_offset)
        )
        SELECT stands, kept, lost.* FROM standing LEFT JOIN lost ON true
        """,
        work.group_id,
        work.topic,
        partitions,
        [work.epochs[partition] for partition in partitions],
        [work.attempted[partition] for partition in partitions],
        *_columns(wanted, 5),
    )
    if not rows[0]["stands"]:
        lost = sorted(set(partitions) - set(rows[0]["kept"] or ()))
        raise EpochSuperseded(f"partitions {lost} of {work.topic} have a new owner")
    return {
        DeliveryId(str(row["delivery_id"])): Claim(_owner(row), row["fingerprint"])
        for row in rows
        if row["delivery_id"] is not None
    }


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """The rows as one array for each column, as unnest takes them."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _owner(row: asyncpg.Record) -> Owner:
    return Owner(row["owner_topic"], row["owner_partition"], row["owner_offset"])


def _creator(row: asyncpg.Record) -> Owner | None:
    return None if row["owner_topic"] is None else _owner(row)

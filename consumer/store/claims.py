"""Claims do not last for ever: a re-sent requestId is recognised for CLARION_CLAIM_RETENTION."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from struct import Struct

from consumer.store.database import Connection, Database, columns
from consumer.store.partitions import EpochSuperseded
from consumer.store.work import Claim, Work, owner_of
from schemas.ids import DeliveryId
from schemas.place import Place

_PLACE = Struct(">iq")

STEP = 1_000
"""Rows deleted in one statement: small steps, so that no batch waits long for a lock."""


async def prune_claims(database: Database, retention: timedelta) -> int:
    """Delete one step of the claims older than `retention`; returns how many there were, 0 when done."""
    async with database.transaction() as connection:
        status = await connection.execute(
            """
            DELETE FROM claims WHERE delivery_id IN (
                SELECT delivery_id FROM claims WHERE claimed_at < now() - $1::interval
                ORDER BY claimed_at LIMIT $2 FOR UPDATE SKIP LOCKED
            )
            """,
            retention,
            STEP,
        )
    return int(status.split()[-1])


async def release(connection: Connection, releases: Sequence[tuple[DeliveryId, Place]]) -> None:
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
        *columns(rows, 4),
    )


async def find_owners(
    connection: Connection, delivery_ids: Collection[DeliveryId]
) -> dict[DeliveryId, Place]:
    """The records that have claimed these deliveries; those that nobody has are absent."""
    rows = await connection.fetch(
        """
        SELECT delivery_id, owner_topic, owner_partition, owner_offset FROM claims
        WHERE delivery_id = ANY ($1::uuid[])
        """,
        list(delivery_ids),
    )
    return {DeliveryId(str(row["delivery_id"])): owner_of(row) for row in rows}


async def claim(connection: Connection, work: Work) -> dict[DeliveryId, Claim]:
    """Claim, if every epoch still stands, and note how far was tried; returns the claims that others had.

    The partitions' rows stay locked until the transaction ends, so that a new owner's raise waits for it.
    Raises EpochSuperseded.
    """
    partitions = sorted(work.attempted)
    # Claims are ordered against deadlocks. The update changes nothing: it locks and returns the row as it
    # stands, where DO NOTHING would not see one that another transaction has just committed.
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
            -- The rows of _packed().
            SELECT encode(substring($6 FROM at FOR 16), 'hex')::uuid AS delivery_id,
                   ('x' || encode(substring($6 FROM at + 16 FOR 4), 'hex'))::bit(32)::int AS owner_partition,
                   ('x' || encode(substring($6 FROM at + 20 FOR 8), 'hex'))::bit(64)::bigint AS owner_offset,
                   substring($6 FROM at + 28 FOR 16) AS fingerprint
            FROM generate_series(1, octet_length($6::bytea), 44) AS at
        ), claimed AS (
            INSERT INTO claims AS c (delivery_id, owner_topic, owner_partition, owner_offset, fingerprint)
            SELECT delivery_id, $2, owner_partition, owner_offset, fingerprint
            FROM wanted, standing WHERE stands ORDER BY delivery_id
            ON CONFLICT (delivery_id) DO UPDATE SET owner_topic = c.owner_topic
            RETURNING delivery_id, owner_topic, owner_partition, owner_offset, fingerprint
        ), lost AS (
            SELECT claimed.* FROM claimed JOIN wanted USING (delivery_id)
            WHERE (claimed.owner_topic, claimed.owner_partition, claimed.owner_offset)
               <> ($2, wanted.owner_partition, wanted.owner_offset)
        )
        SELECT stands, kept, lost.* FROM standing LEFT JOIN lost ON true
        """,
        work.group_id,
        work.topic,
        partitions,
        [work.epochs[partition] for partition in partitions],
        [work.attempted[partition] for partition in partitions],
        _packed(work.claims),
    )
    if not rows[0]["stands"]:
        lost = sorted(set(partitions) - set(rows[0]["kept"] or ()))
        raise EpochSuperseded(f"partitions {lost} of {work.topic} have a new owner")
    return {
        DeliveryId(str(row["delivery_id"])): Claim(owner_of(row), row["fingerprint"])
        for row in rows
        if row["delivery_id"] is not None
    }


def _packed(claims: Mapping[DeliveryId, Claim]) -> bytes:
    """Rows of 44 bytes: id, partition, offset, fingerprint; five arrays take three times the CPU."""
    return b"".join(
        [
            bytes.fromhex(id_.replace("-", "")) + _PLACE.pack(partition, offset) + fingerprint
            for id_, ((_, partition, offset), fingerprint) in claims.items()
        ]
    )

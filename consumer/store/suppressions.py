"""Suppressions: addresses and domains that are not to be messaged, by the keys of rules/address_keys.py."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self

from consumer.store.database import Connection, columns
from consumer.store.registry import AnyConnection
from consumer.store.work import Address
from schemas.channel import Channel
from schemas.json import JsonObject


class SuppressionReason(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"


class SuppressionPlace(NamedTuple):
    """Where a page of the list ends. Written so that a URL does not show the address."""

    channel: str
    address: str
    reason: str

    def __str__(self) -> str:
        return urlsafe_b64encode("\n".join(self).encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. Raises ValueError."""
        channel, address, reason = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split("\n")
        if "\0" in address:
            raise ValueError("it is no address")
        return cls(channel, address, reason)


@dataclass(frozen=True, slots=True)
class Suppression:
    channel: Channel
    address: str
    reason: SuppressionReason
    created_at: datetime

    @property
    def place(self) -> SuppressionPlace:
        return SuppressionPlace(self.channel, self.address, self.reason)

    def document(self) -> JsonObject:
        return {
            "channel": self.channel,
            "address": self.address,
            "reason": self.reason,
            "createdAt": self.created_at,
        }


async def add_suppression(
    connection: Connection, channel: Channel, address: str, reason: SuppressionReason
) -> bool:
    """Add it; False when it was there already."""
    status = await connection.execute(
        "INSERT INTO suppressions (channel, address, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        channel,
        address,
        reason,
    )
    return status == "INSERT 0 1"


async def remove_suppressions(
    connection: Connection, channel: Channel, keys: Sequence[str], reason: SuppressionReason | None
) -> Sequence[SuppressionReason]:
    """Remove the keys' suppressions for that reason, or for every one (None); returns those that were."""
    rows = await connection.fetch(
        """
        DELETE FROM suppressions
        WHERE channel = $1 AND address = ANY($2::text[]) AND ($3::text IS NULL OR reason = $3)
        RETURNING reason
        """,
        channel,
        keys,
        reason,
    )
    return sorted({SuppressionReason(row["reason"]) for row in rows})


async def suppress_by_feedback(
    connection: AnyConnection, addresses: Collection[Address], reason: SuppressionReason
) -> None:
    """Add those that are not there."""
    await connection.execute(
        """
        INSERT INTO suppressions (channel, address, reason, source)
        SELECT channel, address, $3, 'feedback'
        FROM unnest($1::text[], $2::text[]) AS given (channel, address)
        ON CONFLICT DO NOTHING
        """,
        *columns(sorted(set(addresses)), 2),
        reason,
    )


async def unsuppress_by_feedback(
    connection: AnyConnection, addresses: Collection[Address], reason: SuppressionReason
) -> None:
    """Take back what feedback had added; what a person added stays."""
    await connection.execute(
        """
        DELETE FROM suppressions AS s USING unnest($1::text[], $2::text[]) AS given (channel, address)
        WHERE s.channel = given.channel AND s.address = given.address AND s.reason = $3
          AND s.source = 'feedback'
        """,
        *columns(sorted(set(addresses)), 2),
        reason,
    )


async def suppressed_by_feedback(
    connection: AnyConnection, addresses: Collection[Address], reason: SuppressionReason
) -> set[Address]:
    """Those that feedback suppressed for that reason."""
    if not addresses:
        return set()
    rows = await connection.fetch(
        """
        SELECT s.channel, s.address
        FROM unnest($1::text[], $2::text[]) AS wanted (channel, address)
        JOIN suppressions AS s USING (channel, address)
        WHERE s.reason = $3 AND s.source = 'feedback'
        """,
        *columns(sorted(set(addresses)), 2),
        reason,
    )
    return {(row["channel"], row["address"]) for row in rows}


async def is_suppressed(connection: Connection, channel: Channel, key: str) -> bool:
    """For whichever reason."""
    return bool(await find_suppressions(connection, [(channel.value, key)]))


async def list_suppressions(
    connection: Connection,
    channel: Channel | None,
    limit: int | None = None,
    after: SuppressionPlace | None = None,
) -> list[Suppression]:
    """In the order of channel, address and reason; one page, which begins after that place."""
    rows = await connection.fetch(
        """
        SELECT channel, address, reason, created_at FROM suppressions
        WHERE ($1::text IS NULL OR channel = $1)
          AND ($2::text IS NULL OR (channel, address, reason) > ($2, $3, $4))
        ORDER BY channel, address, reason LIMIT $5
        """,
        channel,
        *(after or (None, None, None)),
        limit,
    )
    return [
        Suppression(
            Channel(row["channel"]), row["address"], SuppressionReason(row["reason"]), row["created_at"]
        )
        for row in rows
    ]


async def find_suppressions(
    connection: Connection, addresses: Collection[Address]
) -> dict[Address, set[str]]:
    by_channel: dict[str, list[str]] = defaultdict(list)
    for channel, address in addresses:
        by_channel[channel].append(address)
    suppressed: dict[Address, set[str]] = defaultdict(set)
    # One channel at a time: comparing with one array takes the client half of what joining with two does.
    for channel, wanted in by_channel.items():
        rows = await connection.fetch(
            "SELECT address, reason FROM suppressions WHERE channel = $1 AND address = ANY ($2::text[])",
            channel,
            wanted,
        )
        for row in rows:
            suppressed[channel, row["address"]].add(row["reason"])
    return suppressed


async def find_respellable(
    connection: Connection, *, longer_than: int, after: Address, limit: int
) -> Sequence[Address]:
    """Telephone numbers, and keys of more bytes, in their order from `after` on."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT channel, address FROM suppressions
        WHERE (channel = 'sms' OR octet_length(address) > $1) AND (channel, address) > ($2, $3)
        ORDER BY channel, address LIMIT $4
        """,
        longer_than,
        *after,
        limit,
    )
    return [(row["channel"], row["address"]) for row in rows]


async def respell_suppressions(connection: Connection, respellings: Mapping[Address, str]) -> None:
    """Give entries their new keys; of two that come to the same, the older remains for each reason."""
    await connection.execute(
        """
        WITH given AS (
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS given (channel, address, respelled)
        ), removed AS (
            DELETE FROM suppressions AS s USING given
            WHERE s.channel = given.channel AND s.address = given.address
            RETURNING s.channel, given.respelled, s.reason, s.created_at
        )
        INSERT INTO suppressions AS s (channel, address, reason, created_at)
        SELECT channel, respelled, reason, min(created_at) FROM removed GROUP BY channel, respelled, reason
        ON CONFLICT (channel, address, reason)
        DO UPDATE SET created_at = least(s.created_at, excluded.created_at)
        """,
        [channel for channel, _ in respellings],
        [address for _, address in respellings],
        list(respellings.values()),
    )

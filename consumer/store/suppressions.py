"""Suppressions: addresses that are not to be messaged, spelled as `suppression_key` of the rules does."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consumer.store.database import Connection, columns
from consumer.store.work import Address
from schemas.channel import Channel


class SuppressionReason(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Suppression:
    channel: Channel
    address: str
    reason: SuppressionReason
    created_at: datetime


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
    connection: Connection, channel: Channel, address: str, reason: SuppressionReason | None
) -> Sequence[SuppressionReason]:
    """Remove the address's suppression for that reason, or for every one (None); returns those that were."""
    rows = await connection.fetch(
        """
        DELETE FROM suppressions
        WHERE channel = $1 AND address = $2 AND ($3::text IS NULL OR reason = $3) RETURNING reason
        """,
        channel,
        address,
        reason,
    )
    return sorted(SuppressionReason(row["reason"]) for row in rows)


async def list_suppressions(connection: Connection, channel: Channel | None) -> list[Suppression]:
    rows = await connection.fetch(
        """
        SELECT channel, address, reason, created_at FROM suppressions
        WHERE $1::text IS NULL OR channel = $1 ORDER BY channel, address, reason
        """,
        channel,
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
    suppressed: dict[Address, set[str]] = {}
    rows = await connection.fetch(
        """
        SELECT s.channel, s.address, s.reason
        FROM unnest($1::text[], $2::text[]) AS wanted (channel, address)
        JOIN suppressions AS s USING (channel, address)
        """,
        *columns(list(addresses), 2),
    )
    for row in rows:
        suppressed.setdefault((row["channel"], row["address"]), set()).add(row["reason"])
    return suppressed

"""The history of addresses by feedback: each event is added once, for good, and so has its effects once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from consumer.store.database import Connection, columns
from consumer.store.registry import AnyConnection
from consumer.store.work import Address
from schemas.channel import Channel

HISTORY_MAX = 1_000
"""Of an address, what lies further back is not looked at."""


class StoredAddressEvent(NamedTuple):
    """In the order of the table's columns."""

    delivery_id: UUID
    digest: bytes
    channel: str
    address: str
    at: datetime
    kind: str

    @property
    def key(self) -> Address:
        return self.channel, self.address


async def insert_address_events(
    connection: AnyConnection, events: Sequence[StoredAddressEvent]
) -> list[StoredAddressEvent]:
    """Add those that are not there; returns them."""
    if not events:
        return []
    ordered = {(event.delivery_id, event.digest): event for event in events}
    rows = await connection.fetch(
        """
        INSERT INTO address_events
        SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
        ON CONFLICT (delivery_id, digest) DO NOTHING RETURNING delivery_id, digest
        """,
        *columns([ordered[key] for key in sorted(ordered)], len(StoredAddressEvent._fields)),
    )
    return [ordered[row["delivery_id"], row["digest"]] for row in rows]


async def find_histories(
    connection: AnyConnection, addresses: Collection[Address]
) -> dict[Address, list[tuple[datetime, str]]]:
    """When what happened, of each address."""
    histories: dict[Address, list[tuple[datetime, str]]] = {address: [] for address in addresses}
    if not addresses:
        return histories
    rows = await connection.fetch(
        """
        SELECT wanted.channel, wanted.address, found.at, found.kind
        FROM unnest($1::text[], $2::text[]) AS wanted (channel, address)
        CROSS JOIN LATERAL (
            SELECT at, kind FROM address_events AS e
            WHERE e.channel = wanted.channel AND e.address = wanted.address ORDER BY at DESC LIMIT $3
        ) AS found
        """,
        *columns(sorted(addresses), 2),
        HISTORY_MAX,
    )
    for row in rows:
        histories[row["channel"], row["address"]].append((row["at"], row["kind"]))
    return histories


async def forget_bounces(connection: Connection, channel: Channel, keys: Sequence[str]) -> None:
    """What bounced so far does not count any more: somebody said that the address works."""
    await connection.execute(
        """
        UPDATE address_events SET kind = kind || '.forgotten'
        WHERE channel = $1 AND address = ANY($2::text[]) AND kind IN ('soft', 'hard')
        """,
        channel,
        keys,
    )

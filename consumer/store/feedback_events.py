"""Feedback events: each stored once, whether its delivery is known yet or not."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from consumer.store.database import Database, columns
from consumer.store.offsets import Offsets
from consumer.store.registry import AnyConnection

FOLLOWED: Final = Offsets("feedback_offsets", 0x466565646261636B)  # "Feedback"


class StoredEvent(NamedTuple):
    """In the order of the table's columns."""

    delivery_id: UUID
    digest: bytes
    """Of what makes it the same event: type, time and link."""
    type: str
    at: datetime
    bounce: str
    category: str
    link: str
    is_machine: bool
    scope: str
    received_at: datetime


_COLUMNS: Final = ", ".join(StoredEvent._fields)


async def insert_events(connection: AnyConnection, events: Sequence[StoredEvent]) -> list[StoredEvent]:
    """Add those that are not there, as of deliveries not known; returns them."""
    if not events:
        return []
    ordered = {(event.delivery_id, event.digest): event for event in reversed(events)}
    rows = await connection.fetch(
        f"""
        INSERT INTO feedback_events ({_COLUMNS}, is_known)
        SELECT given.*, false
        FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::timestamptz[], $5::text[], $6::text[],
                    $7::text[], $8::boolean[], $9::text[], $10::timestamptz[]) AS given
        ON CONFLICT (delivery_id, digest) DO NOTHING RETURNING delivery_id, digest
        """,  # noqa: S608 - put together from the names above
        *columns([ordered[key] for key in sorted(ordered)], len(StoredEvent._fields)),
    )
    return [ordered[row["delivery_id"], row["digest"]] for row in rows]


async def find_waiting_events(connection: AnyConnection, ids: Collection[UUID]) -> list[StoredEvent]:
    """Events of these deliveries that came before them."""
    if not ids:
        return []
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM feedback_events WHERE NOT is_known AND delivery_id = ANY($1::uuid[])",  # noqa: S608 - as above
        list(ids),
    )
    return [StoredEvent(*row) for row in rows]


async def know_events(connection: AnyConnection, events: Sequence[StoredEvent]) -> None:
    """Their deliveries are known."""
    await connection.execute(
        """
        UPDATE feedback_events AS e SET is_known = true
        FROM unnest($1::uuid[], $2::bytea[]) AS given (delivery_id, digest)
        WHERE e.delivery_id = given.delivery_id AND e.digest = given.digest
        """,
        [event.delivery_id for event in events],
        [event.digest for event in events],
    )


async def count_unknown_events(connection: AnyConnection) -> int:
    """Events of deliveries that are not known."""
    return int(await connection.fetchval("SELECT count(*) FROM feedback_events WHERE NOT is_known"))


async def empty_feedback(database: Database) -> None:
    """Empty what reports are made of, to be read again. What feedback has had as effects stays."""
    async with database.transaction() as connection:
        await connection.execute("TRUNCATE feedback_offsets, deliveries, feedback_events, report_feedback")

"""Deliveries and what was reported of them, as `clarion feedback` writes them and reports read them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from consumer.store.database import columns
from consumer.store.registry import AnyConnection
from consumer.store.report_counts import ReportFilter


class NewDelivery(NamedTuple):
    """A delivery as its topic has it; in the order of the table's columns."""

    delivery_id: UUID
    campaign_id: str
    campaign_version: int
    channel: str
    locale: str
    treatment: str
    is_test: bool
    recipient: str
    """`namespace:userId`"""
    address: str
    """As the suppression list spells it."""
    created_at: datetime
    execution_id: UUID


class StoredDelivery(NamedTuple):
    delivery: NewDelivery
    marks: Mapping[str, datetime]
    """When each kind of event happened first (consumer/rules/delivery_state.py)."""


_COLUMNS = ", ".join(NewDelivery._fields)


async def insert_deliveries(connection: AnyConnection, deliveries: Sequence[NewDelivery]) -> set[UUID]:
    """Add those that are not there; returns their ids."""
    if not deliveries:
        return set()
    ordered = sorted({delivery.delivery_id: delivery for delivery in deliveries}.values())
    rows = await connection.fetch(
        f"""
        INSERT INTO deliveries ({_COLUMNS})
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[],
                             $7::boolean[], $8::text[], $9::text[], $10::timestamptz[], $11::uuid[])
        ON CONFLICT (delivery_id) DO NOTHING RETURNING delivery_id
        """,  # noqa: S608 - put together from the names above
        *columns(ordered, len(NewDelivery._fields)),
    )
    return {row["delivery_id"] for row in rows}


async def find_deliveries(connection: AnyConnection, ids: Collection[UUID]) -> dict[UUID, StoredDelivery]:
    """Those that are known."""
    if not ids:
        return {}
    rows = await connection.fetch(
        f"SELECT {_COLUMNS}, marks FROM deliveries WHERE delivery_id = ANY($1::uuid[])",  # noqa: S608 - as above
        list(ids),
    )
    return {row["delivery_id"]: StoredDelivery(NewDelivery(*row[:-1]), _marks(row["marks"])) for row in rows}


def _marks(stored: Mapping[str, str]) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(at) for name, at in stored.items()}


async def write_marks(connection: AnyConnection, marks: Mapping[UUID, Mapping[str, datetime]]) -> None:
    ordered = sorted(marks)
    await connection.execute(
        """
        UPDATE deliveries AS d SET marks = given.marks
        FROM unnest($1::uuid[], $2::jsonb[]) AS given (delivery_id, marks)
        WHERE d.delivery_id = given.delivery_id
        """,
        ordered,
        [marks[id_] for id_ in ordered],
    )


async def expire_deliveries(connection: AnyConnection, before: datetime, limit: int) -> int:
    """Remove one step of what is older, deliveries and events; returns how many rows there were."""
    removed = 0
    for table, column in (
        ("deliveries", "created_at"),
        ("feedback_events", "received_at"),
        ("address_events", "at"),
    ):
        status = await connection.execute(
            f"""
            DELETE FROM {table} WHERE ctid IN (
                SELECT ctid FROM {table} WHERE {column} < $1 ORDER BY {column} LIMIT $2
            )
            """,  # noqa: S608 - the names above
            before,
            limit,
        )
        removed += int(status.split()[-1])
    return removed


async def find_reported(
    connection: AnyConnection, wanted: ReportFilter, marks: Sequence[str], limit: int
) -> list[StoredDelivery]:
    """A campaign's deliveries that have one of the marks (all of them when none is named), the newest first.

    The filter's times are those of the delivery.
    """
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}, marks FROM deliveries
        WHERE campaign_id = $1 AND NOT is_test
          AND ($2::timestamptz IS NULL OR created_at >= date_trunc('minute', $2::timestamptz))
          AND ($3::timestamptz IS NULL OR created_at < $3)
          AND ($4::int IS NULL OR campaign_version = $4)
          AND (cardinality($5::text[]) = 0 OR marks ?| $5)
        ORDER BY created_at DESC, delivery_id DESC LIMIT $6
        """,  # noqa: S608 - put together from the names above
        wanted.campaign_id,
        wanted.since,
        wanted.until,
        wanted.version,
        list(marks),
        limit,
    )
    return [StoredDelivery(NewDelivery(*row[:-1]), _marks(row["marks"])) for row in rows]

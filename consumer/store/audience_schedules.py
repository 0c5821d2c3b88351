"""Schedules: executions for audiences at a later time. Each becomes at most one execution."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from consumer.store.database import Connection
from schemas.json import JsonObject

ScheduleState = Literal["Scheduled", "Triggered", "Cancelled", "Failed", "Missed"]


@dataclass(frozen=True, slots=True)
class StoredSchedule:
    id: UUID
    campaign_id: str
    request_id: str
    audience_id: str
    context: JsonObject
    execute_at: datetime
    state: ScheduleState
    reason: str | None
    """Why it came to nothing."""
    execution_id: UUID
    """Of the execution that comes of it, or would have."""
    created_at: datetime
    created_by: str
    settled_at: datetime | None
    """When it left the state Scheduled."""


_COLUMNS: Final = """
    id, campaign_id, request_id, audience_id, context, execute_at, state, reason, execution_id, created_at,
    created_by, settled_at
"""


async def insert_schedule(
    connection: Connection,
    id_: str,
    *,
    campaign_id: str,
    request_id: str,
    audience_id: str,
    context: JsonObject,
    execute_at: datetime,
    execution_id: str,
    created_by: str,
) -> StoredSchedule:
    """The schedule of that id: the one that there was, or else this one."""
    await connection.execute(
        """
        INSERT INTO audience_schedules
            (id, campaign_id, request_id, audience_id, context, execute_at, execution_id, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING
        """,
        *(id_, campaign_id, request_id, audience_id, context, execute_at, execution_id, created_by),
    )
    found = await find_schedule(connection, id_)
    assert found is not None
    return found


async def find_schedule(connection: Connection, id_: str) -> StoredSchedule | None:
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM audience_schedules WHERE id = $1",  # noqa: S608 - a constant
        id_,
    )
    return StoredSchedule(**row) if row else None


async def find_schedules(
    connection: Connection,
    *,
    campaign_ids: Collection[str] = (),
    state: ScheduleState | None = None,
    limit: int = 100,
) -> list[StoredSchedule]:
    """Those that are furthest ahead first, of these campaigns (none: of all)."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM audience_schedules
        WHERE ($1::text IS NULL OR state = $1) AND (cardinality($3::text[]) = 0 OR campaign_id = ANY ($3))
        ORDER BY execute_at DESC, id DESC LIMIT $2
        """,  # noqa: S608 - a constant
        *(state, limit, list(campaign_ids)),
    )
    return [StoredSchedule(**row) for row in rows]


async def lock_due_schedule(connection: Connection) -> StoredSchedule | None:
    """One whose time has come, for this transaction alone; None when there is none that nobody else has."""
    row = await connection.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM audience_schedules
        WHERE state = 'Scheduled' AND execute_at <= clock_timestamp()
        ORDER BY execute_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
        """  # noqa: S608 - a constant
    )
    return StoredSchedule(**row) if row else None


async def settle_schedule(
    connection: Connection, id_: UUID | str, state: ScheduleState, reason: str | None = None
) -> bool:
    """Move it on from Scheduled, if it is there."""
    status: str = await connection.execute(
        """
        UPDATE audience_schedules SET state = $2, reason = $3, settled_at = now()
        WHERE id = $1 AND state = 'Scheduled'
        """,
        *(id_, state, reason),
    )
    return status != "UPDATE 0"

"""Pausing, resuming and cancelling: in force from their commit on, with an exact count of what was sent."""

import asyncio
from collections.abc import Collection
from time import monotonic
from typing import Final
from uuid import UUID

from consumer.audiences.errors import AudienceError, Why
from consumer.audiences.status import Status, read_status, read_statuses
from consumer.audit.record import record
from consumer.store import audience_executions as store
from consumer.store.audience_executions import State, StoredExecution
from consumer.store.database import Connection, Database

SETTLE_SECONDS: Final = 2.0
"""How long pages that are being executed are waited for. Those of a consumer that has died take longer."""
_LOOK_SECONDS: Final = 0.05
CANCELLED: Final = "cancelled"


async def show(database: Database, id_: str) -> Status:
    """Raises AudienceError when there is no such execution."""
    async with database.connection() as connection:
        return await read_status(connection, await _find(connection, id_))


async def list_all(
    database: Database, *, campaign_ids: Collection[str] = (), state: State | None = None, limit: int = 100
) -> list[Status]:
    """The newest first."""
    async with database.connection() as connection:
        found = await store.find_executions(connection, campaign_ids=campaign_ids, state=state, limit=limit)
        return await read_statuses(connection, found)


async def pause(database: Database, id_: str) -> Status:
    """Begin no more pages until it is resumed. Raises AudienceError when it has ended."""
    return await _set_paused(database, id_, paused=True)


async def resume(database: Database, id_: str) -> Status:
    """Go on with those who were not sent to. Raises AudienceError when it has ended."""
    return await _set_paused(database, id_, paused=False)


async def cancel(database: Database, id_: str) -> Status:
    """End it; whoever was not sent to by then is not. Raises AudienceError when it has ended otherwise."""
    async with database.transaction() as connection:
        found = await _find(connection, id_)
        if await store.finish(connection, [found.id], "Failed", CANCELLED):
            await record(connection, "audience.execution.cancel", str(found.id))
        else:
            ended = await _find(connection, id_)
            if ended.reason != CANCELLED:
                raise _ended(ended)
    return await _settled(database, id_)


async def _set_paused(database: Database, id_: str, *, paused: bool) -> Status:
    async with database.transaction() as connection:
        found = await _find(connection, id_)
        if await store.set_paused(connection, str(found.id), paused=paused):
            what = f"audience.execution.{'pause' if paused else 'resume'}"
            await record(connection, what, str(found.id))
        elif (now := await _find(connection, id_)).state != "InProgress":
            raise _ended(now)
    return await _settled(database, id_) if paused else await show(database, id_)


async def _settled(database: Database, id_: str) -> Status:
    """Its counts once nothing of it is being executed."""
    until = monotonic() + SETTLE_SECONDS
    while True:
        status = await show(database, id_)
        if not status.in_flight or monotonic() > until:
            return status
        await asyncio.sleep(_LOOK_SECONDS)


async def _find(connection: Connection, id_: str) -> StoredExecution:
    try:
        found = await store.find_execution(connection, str(UUID(id_)))
    except ValueError:
        found = None
    if found is None:
        raise AudienceError(
            Why.UNKNOWN_EXECUTION,
            f"There is no execution '{id_}' for an audience; see `clarion audiences executions list`.",
        )
    return found


def _ended(execution: StoredExecution) -> AudienceError:
    how = "has succeeded" if execution.state == "Succeeded" else f"has failed ({execution.reason})"
    return AudienceError(Why.ENDED, f"The execution {execution.id} {how}, so it cannot be changed any more.")

"""Schedules: watched by any number of processes, each executed by one of them, or missed."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from consumer.audiences.calls import Order, store_order
from consumer.audiences.errors import AudienceError, Why
from consumer.audit.record import record
from consumer.backoff import Backoff
from consumer.campaigns.registry import Registry
from consumer.campaigns.state import Unexecutable
from consumer.exactly_once.fault_points import wall_clock
from consumer.monitoring.progress import Progress
from consumer.rules.decide import judge_campaign
from consumer.rules.outcome import Rejection
from consumer.store import audience_schedules as store
from consumer.store.audience_schedules import ScheduleState, StoredSchedule
from consumer.store.audiences import find_audience
from consumer.store.database import Connection, Database
from consumer.store.errors import DatabaseError
from schemas.audience_call import AudienceCall
from schemas.delivery import timestamp
from schemas.duration import format_duration
from schemas.json import JsonObject

log = structlog.get_logger()

LOOK_SECONDS: Final = 0.5


class ScheduleWatcher:
    """Starts what is due. The row's state changes in the transaction that makes the execution."""

    def __init__(
        self,
        database: Database,
        registry: Registry,
        grace: timedelta,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._database = database
        self._registry = registry
        self._grace = grace
        self._clock = clock
        self._progress = Progress("watching schedules")

    async def run(self) -> None:
        """Until cancelled. PostgreSQL being away is waited for."""
        backoff = Backoff()
        while True:
            try:
                while await self.settle_next():
                    pass
                backoff.reset()
                self._progress.done(is_more=False)
                await asyncio.sleep(LOOK_SECONDS)
            except DatabaseError as error:
                self._progress.hindered("database", error)
                await asyncio.sleep(backoff.next_seconds())

    async def settle_next(self) -> bool:
        """Settle one schedule that is due; whether there was one."""
        async with self._database.transaction() as connection:
            schedule = await store.lock_due_schedule(connection)
            if schedule is None:
                return False
            state, reason = await self._judge(connection, schedule)
            await store.settle_schedule(connection, schedule.id, state, reason)
            if state == "Triggered":
                await store_order(connection, _order(schedule), schedule.created_by)
        log.info("schedule settled", schedule=str(schedule.id), state=state, reason=reason)
        return True

    async def _judge(
        self, connection: Connection, schedule: StoredSchedule
    ) -> tuple[ScheduleState, str | None]:
        now, id_ = self._clock(), schedule.campaign_id
        if now - schedule.execute_at > self._grace:
            return "Missed", f"No process was there within {format_duration(self._grace)} of its time."
        campaign = (await self._registry.read_afresh([id_]))[id_]
        if isinstance(campaign, Unexecutable):
            return "Failed", f"The campaign cannot be executed: {campaign.problem}."
        judged = judge_campaign(id_, campaign, now)
        if isinstance(judged, Rejection):
            return "Missed", judged.detail
        if await find_audience(connection, schedule.audience_id) is None:
            return "Failed", f"There is no audience '{schedule.audience_id}'."
        return "Triggered", None


async def find(database: Database, id_: str) -> StoredSchedule:
    """Raises AudienceError when there is none."""
    async with database.connection() as connection:
        return await _find(connection, id_)


async def list_all(
    database: Database,
    *,
    campaign_ids: Collection[str] = (),
    state: ScheduleState | None = None,
    limit: int = 100,
) -> Sequence[StoredSchedule]:
    async with database.connection() as connection:
        return await store.find_schedules(connection, campaign_ids=campaign_ids, state=state, limit=limit)


async def cancel(database: Database, id_: str) -> StoredSchedule:
    """Raises AudienceError when there is none, and when its time has come."""
    async with database.transaction() as connection:
        schedule = await _find(connection, id_)
        if await store.settle_schedule(connection, schedule.id, "Cancelled"):
            await record(connection, "audience.schedule.cancel", str(schedule.id))
        elif (now := await _find(connection, id_)).state != "Cancelled":
            raise AudienceError(
                Why.SETTLED, f"The schedule is {now.state.lower()} already, so it cannot be cancelled."
            )
        return await _find(connection, id_)


def document(schedule: StoredSchedule) -> JsonObject:
    """AJO's members first, then ours."""
    return {
        "scheduleId": str(schedule.id),
        "scheduleStatus": schedule.state,
        "executeAt": timestamp(schedule.execute_at),
        "campaignId": schedule.campaign_id,
        "audience": {"id": schedule.audience_id},
        "requestId": schedule.request_id,
        "createdAt": timestamp(schedule.created_at),
        "createdBy": schedule.created_by,
        **({"reason": schedule.reason} if schedule.reason else {}),
        **({"settledAt": timestamp(schedule.settled_at)} if schedule.settled_at else {}),
    }


async def _find(connection: Connection, id_: str) -> StoredSchedule:
    try:
        found = await store.find_schedule(connection, str(UUID(id_)))
    except ValueError:
        found = None
    if found is None:
        raise AudienceError(
            Why.UNKNOWN_SCHEDULE,
            f"There is no schedule '{id_}'; see `clarion audiences schedules list`.",
        )
    return found


def _order(schedule: StoredSchedule) -> Order:
    call = AudienceCall(
        schedule.campaign_id, schedule.request_id, schedule.audience_id, schedule.context, execute_at=None
    )
    return Order(call, schedule.request_id, schedule.audience_id)

"""The expander: takes snapshots and makes triggers of them, page by page, and ends what is done.

One process expands at a time, by a lease in the database. Two for a moment, or one that was paused and wakes,
do no harm: each page begins once, and the place to go on from is moved only from where it was read.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from math import ceil
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

import structlog
from aiokafka.errors import KafkaError

from consumer.audiences.errors import Why
from consumer.audiences.handler import ENDING
from consumer.audiences.pace import Pace, page_size
from consumer.audiences.triggers import Triggers
from consumer.audiences.writer import PageWriter
from consumer.backoff import Backoff
from consumer.campaigns.registry import Registry
from consumer.campaigns.state import Unexecutable
from consumer.exactly_once.fault_points import wall_clock
from consumer.monitoring.progress import Progress
from consumer.rules.campaign import Campaign
from consumer.rules.decide import judge_campaign
from consumer.rules.outcome import Rejection
from consumer.store import audience_executions as executions
from consumer.store.audience_counts import count_executed, hold_expansion, leave_expansion
from consumer.store.audience_executions import StoredExecution
from consumer.store.audience_pages import (
    SnapshotUnwanted,
    may_take_snapshot,
    read_pages,
    take_snapshot,
)
from consumer.store.audiences import find_audience
from consumer.store.database import Database
from consumer.store.errors import DatabaseDataError, DatabaseError
from schemas.profile import ConsentDefault
from schemas.trigger_wire import RECIPIENTS_MAX

log = structlog.get_logger()

LEASE_SECONDS: Final = 5.0
_RENEW_SECONDS: Final = 1.0
_IDLE_SECONDS: Final = 0.2
_THROTTLED_SECONDS: Final = 0.05
PAGES_AT_ONCE: Final = 500
BYTES_AT_ONCE: Final = 4_000_000
_LEAD_SECONDS: Final = 1.0
"""How far a throttled execution may be ahead of the consumers, who else would catch up in a burst."""


class Expander:
    def __init__(
        self,
        database: Database,
        registry: Registry,
        writer: PageWriter,
        *,
        consent_default: ConsentDefault,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._database = database
        self._registry = registry
        self._writer = writer
        self._consent_default: ConsentDefault = consent_default
        self._clock = clock
        self._holder = str(uuid4())
        self._renew_at = float("-inf")
        self._paces: dict[str, Pace] = {}
        self._snapshots: dict[UUID, asyncio.Task[None]] = {}
        self._progress = Progress("expanding audiences")
        self._snapshotting = Progress("taking snapshots of audiences")
        self.is_expanding = False
        """Whether it is this process that expands."""

    async def run(self) -> None:
        """Until cancelled. Kafka or PostgreSQL being away is waited for."""
        backoff = Backoff()
        try:
            while True:
                try:
                    seconds = await self._turn()
                    backoff.reset()
                    self._progress.done(is_more=False)
                except (DatabaseError, KafkaError, TimeoutError, OSError) as error:
                    component = "database" if isinstance(error, DatabaseError) else "kafka"
                    self._progress.hindered(component, error)  # type: ignore[arg-type]  # one of the two
                    seconds = backoff.next_seconds()
                await asyncio.sleep(seconds)
        finally:
            await self._leave()

    async def _turn(self) -> float:
        """One round, if it is this process's turn; returns how long to wait for the next."""
        if monotonic() >= self._renew_at:
            self.is_expanding = await hold_expansion(self._database, self._holder, LEASE_SECONDS)
            self._renew_at = monotonic() + _RENEW_SECONDS
        if not self.is_expanding:
            return _RENEW_SECONDS
        async with self._database.connection() as connection:
            running = await executions.find_running(connection)
        self._paces = {
            id_: pace for id_, pace in self._paces.items() if id_ in {e.campaign_id for e in running}
        }
        waits = [await self._advance(execution) for execution in running]
        return min(waits, default=_IDLE_SECONDS)

    async def _leave(self) -> None:
        for task in self._snapshots.values():
            task.cancel()
        await asyncio.gather(*self._snapshots.values(), return_exceptions=True)
        await self._writer.stop()
        try:
            await leave_expansion(self._database, self._holder)
        except DatabaseError as error:
            log.debug("lease not given back", cause=str(error))

    # --- one execution -------------------------------------------------------------------------------

    async def _advance(self, execution: StoredExecution) -> float:
        if execution.pages is not None and execution.next_page >= execution.pages:
            async with self._database.connection() as connection:
                _, decided = await count_executed(connection, execution.id)
                if decided >= execution.pages:
                    await self._finish(execution, "Succeeded", None)
                    return _IDLE_SECONDS
        campaign = await self._campaign(execution)
        if campaign is None:
            return _IDLE_SECONDS
        if execution.pages is None:
            self._begin_snapshot(execution, campaign)
        elif not execution.is_paused and execution.next_page < execution.pages:
            return await self._produce(execution, campaign)
        return _IDLE_SECONDS

    async def _campaign(self, execution: StoredExecution) -> Campaign | None:
        """The campaign if it may be executed now; an execution of one that has ended is ended."""
        id_, now = execution.campaign_id, self._clock()
        judged = judge_campaign(id_, self._registry.campaign(id_), now)
        if isinstance(judged, Campaign):
            return judged
        afresh = (await self._registry.read_afresh([id_]))[id_]
        if isinstance(afresh, Unexecutable):
            return None
        judged = judge_campaign(id_, afresh, now)
        if isinstance(judged, Rejection) and judged.reason in ENDING:
            await self._finish(execution, "Failed", judged.reason)
        return judged if isinstance(judged, Campaign) else None

    async def _finish(self, execution: StoredExecution, state: executions.State, reason: str | None) -> None:
        async with self._database.connection() as connection:
            if await executions.finish(connection, [execution.id], state, reason):
                log.info("audience execution ended", execution=str(execution.id), state=state, reason=reason)

    # --- the snapshot --------------------------------------------------------------------------------

    def _begin_snapshot(self, execution: StoredExecution, campaign: Campaign) -> None:
        """In a task of its own: it can take a minute, for which others need not wait."""
        self._snapshots = {id_: task for id_, task in self._snapshots.items() if not task.done()}
        if not self._snapshots:
            self._snapshots[execution.id] = asyncio.create_task(self._snapshot(execution, campaign))

    async def _snapshot(self, execution: StoredExecution, campaign: Campaign) -> None:
        began = monotonic()
        try:
            if await self._take_snapshot(execution, campaign):
                seconds = round(monotonic() - began, 1)
                log.info("audience snapshot taken", execution=str(execution.id), seconds=seconds)
        except SnapshotUnwanted:
            log.info("audience snapshot left", execution=str(execution.id))
        except (DatabaseDataError, ValueError):
            log.exception("audience snapshot failed", execution=str(execution.id))
            await self._finish(execution, "Failed", Why.UNUSABLE)
        except DatabaseError as error:
            self._snapshotting.hindered("database", error)
            await asyncio.sleep(_RENEW_SECONDS)
        else:
            self._snapshotting.done(is_more=False)

    async def _take_snapshot(self, execution: StoredExecution, campaign: Campaign) -> bool:
        async with self._database.transaction() as connection:
            if not await may_take_snapshot(connection, execution.id):
                return False
            audience = await find_audience(connection, execution.audience_id)
            if audience is None:
                await executions.finish(connection, [execution.id], "Failed", Why.UNKNOWN_AUDIENCE)
                return False
            await take_snapshot(
                connection,
                execution,
                audience,
                namespace=campaign.namespace,
                page_size=page_size(campaign.throttle, len(campaign.channels), RECIPIENTS_MAX),
                consent_default=self._consent_default,
            )
            return True

    # --- the pages -----------------------------------------------------------------------------------

    async def _produce(self, execution: StoredExecution, campaign: Campaign) -> float:
        triggers = Triggers(execution)
        most = max(1, min(PAGES_AT_ONCE, BYTES_AT_ONCE // triggers.bytes_each))
        pace = self._paces.setdefault(campaign.id, Pace())
        cost = (execution.page_size or 1) * len(campaign.channels)
        if campaign.throttle is not None:
            most = min(most, pace.pages(cost, campaign.throttle), await self._room(execution, campaign, cost))
            if most < 1:
                return _THROTTLED_SECONDS
        async with self._database.connection() as connection:
            pages = await read_pages(connection, execution.id, execution.next_page, most)
        await self._writer.write(map(triggers.encode, pages))
        if campaign.throttle is not None:
            pace.produced(cost * len(pages), campaign.throttle)
        next_page = pages[-1].number + 1 if pages else execution.pages or 0
        async with self._database.connection() as connection:
            await executions.advance(
                connection,
                execution.id,
                generation=execution.generation,
                page=execution.next_page,
                next_page=next_page,
            )
        return _THROTTLED_SECONDS if campaign.throttle is not None else 0.0

    async def _room(self, execution: StoredExecution, campaign: Campaign, cost: int) -> int:
        """Pages that may be produced before consumers have begun those that are."""
        async with self._database.connection() as connection:
            begun, _ = await count_executed(connection, execution.id)
        lead = max(1, ceil((campaign.throttle or 1) * _LEAD_SECONDS / cost))
        return lead - max(0, execution.next_page - begun)

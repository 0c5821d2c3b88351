"""How many members wait, how fast they are sent to, and when it is expected to be done."""

import asyncio
from datetime import UTC, datetime
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Gauge

from consumer.audiences.status import Status, read_statuses
from consumer.store.audience_executions import find_running
from consumer.store.database import Database
from consumer.store.errors import DatabaseError

log = structlog.get_logger()

LOOK_SECONDS: Final = 5.0


class AudienceMetrics:
    """Of the installation: every process of the lane shows the same figures."""

    def __init__(self, database: Database, registry: CollectorRegistry) -> None:
        self._database = database
        self._running = Gauge(
            "clarion_audience_executions", "Executions for audiences in progress.", registry=registry
        )
        self._waiting = Gauge(
            "clarion_audience_members_waiting",
            "Members of executions in progress who were not sent to yet, paused ones too.",
            registry=registry,
        )
        self._rate = Gauge(
            "clarion_audience_members_per_second",
            "Members of executions in progress who were decided per second.",
            registry=registry,
        )
        self._end = Gauge(
            "clarion_audience_expected_end_timestamp_seconds",
            "When the last execution in progress is expected to end; 0 when none moves.",
            registry=registry,
        )

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            try:
                async with self._database.connection() as connection:
                    running = await find_running(connection)
                    self.show(await read_statuses(connection, running) if running else [])
            except DatabaseError as error:
                log.debug("executions for audiences not counted", cause=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    def show(self, statuses: list[Status]) -> None:
        now = datetime.now(UTC)
        ends = [end for each in statuses if (end := each.expected_end(now))]
        self._running.set(len(statuses))
        self._waiting.set(sum(each.not_sent for each in statuses))
        self._rate.set(sum(each.per_second for each in statuses))
        self._end.set(max(ends).timestamp() if ends else 0)

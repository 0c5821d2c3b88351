"""The audience lane's own work beside its consumer: expanding, watching schedules, pruning snapshots."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import structlog

from config.settings import Settings
from consumer.audiences.expander import Expander
from consumer.audiences.handler import PageHandler
from consumer.audiences.metrics import AudienceMetrics
from consumer.audiences.schedules import ScheduleWatcher
from consumer.audiences.writer import PageWriter
from consumer.campaigns.registry import Registry
from consumer.exactly_once.handler import Handler
from consumer.kafka.topics import Topics
from consumer.store.audience_counts import prune_snapshot
from consumer.store.database import Database
from consumer.store.errors import DatabaseError

log = structlog.get_logger()

NAME: Final = "audience"
BATCH_MAX: Final = 50
"""Records in one transaction: each has 20 members, and a pause waits for the batch that is under way."""
_PRUNE_EVERY_SECONDS: Final = 60.0


class AudienceLane:
    def __init__(
        self,
        settings: Settings,
        options: Mapping[str, Any],
        producer_options: Mapping[str, Any],
        *,
        database: Database,
        registry: Registry,
        metrics: AudienceMetrics,
        clock: Callable[[], datetime],
    ) -> None:
        topics = Topics(settings.topic_prefix)
        self._database = database
        self._metrics = metrics
        self._executions_topic = topics.executions
        self._retention = settings.audience_retention
        self.expander = Expander(
            database,
            registry,
            PageWriter(options, producer_options, topics.triggers(NAME)),
            consent_default=settings.consent_default,
            clock=clock,
        )
        self._watcher = ScheduleWatcher(database, registry, settings.schedule_grace, clock)

    def handler(self, inner: Handler) -> PageHandler:
        return PageHandler(inner, self._database, self._executions_topic)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.expander.run())
            tasks.create_task(self._watcher.run())
            tasks.create_task(self._metrics.run())
            tasks.create_task(self._prune())

    async def _prune(self) -> None:
        while True:
            try:
                pruned = await prune_snapshot(self._database, self._retention)
            except DatabaseError as error:
                log.debug("snapshots not pruned", cause=str(error))
                pruned = 0
            await asyncio.sleep(0.1 if pruned else _PRUNE_EVERY_SECONDS)

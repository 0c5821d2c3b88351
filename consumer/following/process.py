"""The process around the work: it waits for servers and for its turn, and reports how it is doing."""

import asyncio
from typing import Literal

import structlog

from config.kafka import kafka_client_options
from config.settings import Settings
from consumer.backoff import Backoff
from consumer.following.follower import Follower
from consumer.following.metrics import FollowingMetrics
from consumer.following.opening import OtherTopicsError
from consumer.following.stand_by import StandBy
from consumer.following.tables import FollowedTables
from consumer.kafka.errors import RightsMissingError, TopicsMissingError, UnreadableBatchError
from consumer.kafka.reader import TopicReader
from consumer.monitoring.frame import run_until, serving
from consumer.monitoring.health import Health
from consumer.monitoring.progress import Progress
from consumer.store.ability import check_ability
from consumer.store.database import Database, DedicatedConnection
from consumer.store.errors import (
    DatabaseAccessError,
    DatabaseError,
    DatabaseNotReady,
)
from consumer.store.offsets import following_connection
from consumer.store.service import beyond_waiting, connect_service

log = structlog.get_logger()

IDLE_IN_TRANSACTION_MS = 30_000
"""A process that is paused inside a transaction must not hold its rows for ever."""

_FOR_A_PERSON = (
    TopicsMissingError,
    OtherTopicsError,
    DatabaseAccessError,
    DatabaseNotReady,
    UnreadableBatchError,
    RightsMissingError,
)
"""What no waiting fixes: `--once` ends with it; a service reports it and waits for the person."""


class FollowingProcess:
    """Follows the topics of one installation into its tables."""

    def __init__(self, settings: Settings, tables: FollowedTables, metrics: FollowingMetrics) -> None:
        self._settings = settings
        self._tables = tables
        self._options = kafka_client_options(settings)
        self._metrics = metrics
        self._progress = Progress(tables.work, metrics.outage)
        self._health = Health()
        self._health.ask(self._not_working_because)
        self._follower: Follower | None = None
        self._once = False
        self._to_be_emptied = False
        self.port: int | None = None
        """Where health and metrics are served, once they are."""

    def not_ready_because(self) -> list[str]:
        return self._health.reasons()

    async def run(self, stop: asyncio.Event, *, rebuild: bool = False) -> None:
        """Follow until `stop` is set. PostgreSQL or Kafka being away is waited for.

        `rebuild` empties the tables first. Raises SettingsError for what no waiting fixes.
        """
        self._to_be_emptied = rebuild
        self._health.missing(self._tables.process, "starting")
        self._metrics.watch_readiness(lambda: not self._health.reasons())
        self._metrics.watch_lag(lambda: self._follower.lag() if self._follower else {})
        async with serving(self._settings, self._metrics.registry, self._health) as port:
            self.port = port
            log.info("starting", process=self._tables.process, http_port=port)
            await run_until(stop, self._work())
        log.info("stopped", process=self._tables.process)

    async def run_once(self, stop: asyncio.Event, *, rebuild: bool = False) -> bool:
        """Read what the topics hold by now, or see that another process does; False if it was stopped first.

        Raises TopicsMissingError, OtherTopicsError and the errors of consumer.store that no waiting fixes.
        """
        self._to_be_emptied = rebuild
        self._once = True
        return await run_until(stop, self._work())

    async def _work(self) -> None:
        """Sessions, one after the other; whatever ends one is reported and, if it can pass, waited for."""
        backoff = Backoff()
        while True:
            try:
                await self._session()
                if self._once:
                    return
                backoff.reset()
                continue
            except Exception as error:
                if self._once and isinstance(error, _FOR_A_PERSON):
                    raise
                if end := beyond_waiting(error):
                    raise end from None
                self._report(error)
            await asyncio.sleep(backoff.next_seconds())

    async def _session(self) -> None:
        url = self._settings.database_url or ""
        async with (
            await connect_service(url, idle_in_transaction_ms=IDLE_IN_TRANSACTION_MS) as database,
            following_connection(database) as connection,
            TopicReader(self._options, self._tables.topics) as reader,
            self._tables.opened(),
        ):
            if self._to_be_emptied:
                await self._tables.empty(database)
                self._to_be_emptied = False
                log.info("tables emptied")
            if self._once:
                await self._follow_once(connection, reader)
            else:
                await self._follow_for_ever(database, connection, reader)

    async def _follow_once(self, connection: DedicatedConnection, reader: TopicReader) -> None:
        if not await self._stand_by(connection).wait(until=await reader.extents()):
            return
        follower = Follower(connection, reader, self._tables, self._metrics, self._progress)
        await follower.open()
        await follower.run_to_present()

    async def _follow_for_ever(
        self, database: Database, connection: DedicatedConnection, reader: TopicReader
    ) -> None:
        probes = [
            asyncio.create_task(
                self._health.probe("PostgreSQL", lambda: check_ability(database, self._tables.ability))
            ),
            asyncio.create_task(self._health.probe("Kafka", reader.check)),
        ]
        try:
            await self._stand_by(connection).wait()
            follower = Follower(connection, reader, self._tables, self._metrics, self._progress)
            await follower.open()
            self._follower = follower
            self._metrics.active(is_active=True)
            self._health.present(self._tables.process)
            log.info("working", work=self._tables.work)
            await follower.run()
        finally:
            self._metrics.active(is_active=False)
            for probe in probes:
                probe.cancel()
            await asyncio.wait(probes)

    def _stand_by(self, connection: DedicatedConnection) -> StandBy:
        tables = self._tables
        return StandBy(connection, tables.offsets, tables.process, on_waiting=self._waits_for_its_turn)

    def _waits_for_its_turn(self) -> None:
        self._follower = None
        self._health.present(self._tables.process)
        self._progress.done(is_more=False)

    def _not_working_because(self) -> list[str]:
        """Why not everything can be read just now; nothing when it can."""
        return [*self._hindered_by(), *(self._follower.not_ready_because() if self._follower else [])]

    def _hindered_by(self) -> list[str]:
        cause = self._progress.cause
        if seconds := self._progress.stalled_seconds():
            return [f"no {self._tables.work} for {seconds:.0f} s: {cause or 'waiting for PostgreSQL'}"]
        return [f"no {self._tables.work}: {cause}"] if cause else []

    def _report(self, error: Exception) -> None:
        component: Literal["database", "kafka"] = "database" if isinstance(error, DatabaseError) else "kafka"
        self._metrics.retried(component)
        self._progress.hindered(component, error)

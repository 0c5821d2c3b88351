"""Puts the projector together and keeps it alive: `clarion project`."""

import asyncio
from typing import Literal

import structlog

from config.errors import SettingsError
from config.kafka import kafka_client_options
from config.settings import Settings
from consumer.backoff import Backoff
from consumer.kafka.errors import RightsMissingError, TopicsMissingError, UnreadableBatchError
from consumer.kafka.reader import TopicReader, projected_topics
from consumer.kafka.topics import Topics
from consumer.monitoring.frame import run_until, serving
from consumer.monitoring.health import Health
from consumer.monitoring.progress import Progress
from consumer.projector.following import Following
from consumer.projector.metrics import ProjectorMetrics
from consumer.projector.opening import OtherTopicsError
from consumer.projector.stand_by import StandBy
from consumer.store.ability import PROJECTING, check_ability
from consumer.store.database import Database, DedicatedConnection
from consumer.store.errors import (
    DatabaseAccessError,
    DatabaseError,
    DatabaseNotReady,
    DatabasePoolerError,
)
from consumer.store.projections import empty_projections, projector_connection
from consumer.store.service import connect_service

log = structlog.get_logger()

IDLE_IN_TRANSACTION_MS = 30_000
"""A projector that is paused inside a transaction must not hold its rows for ever."""

_FOR_A_PERSON = (
    TopicsMissingError,
    OtherTopicsError,
    DatabaseAccessError,
    DatabaseNotReady,
    UnreadableBatchError,
    RightsMissingError,
)
"""What no waiting fixes: `--once` ends with it; a service says so and waits for the person."""


class Projector:
    """The projector of one installation, made from settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topics = Topics(settings.topic_prefix)
        self._options = kafka_client_options(settings)
        self._metrics = ProjectorMetrics(projected_topics(self._topics))
        self._progress = Progress("projection", self._metrics.outage)
        self._health = Health()
        self._health.ask(self._not_working_because)
        self._following: Following | None = None
        self._once = False
        self._to_be_emptied = False
        self.port: int | None = None
        """Where health and metrics are served, once they are."""

    def not_ready_because(self) -> list[str]:
        return self._health.reasons()

    async def run(self, stop: asyncio.Event, *, rebuild: bool = False) -> None:
        """Project until `stop` is set. PostgreSQL or Kafka being away is waited for.

        `rebuild` empties the projections first. Raises SettingsError for what no waiting fixes.
        """
        self._to_be_emptied = rebuild
        self._health.missing("projector", "starting")
        self._metrics.watch_readiness(lambda: not self._health.reasons())
        self._metrics.watch_lag(lambda: self._following.lag() if self._following else {})
        async with serving(self._settings, self._metrics.registry, self._health) as port:
            self.port = port
            log.info("projector starting", http_port=port)
            await run_until(stop, self._work())
        log.info("projector stopped")

    async def run_once(self, stop: asyncio.Event, *, rebuild: bool = False) -> bool:
        """Project what the topics hold by now, or see that another projector does; False if told to stop.

        Raises TopicsMissingError, OtherTopicsError and the errors of consumer.store that no waiting fixes.
        """
        self._to_be_emptied = rebuild
        self._once = True
        return await run_until(stop, self._work())

    async def _work(self) -> None:
        """Sessions, one after the other; whatever ends one is told and, if it can pass, waited for."""
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
                if isinstance(error, DatabasePoolerError):
                    raise SettingsError(f"CLARION_DATABASE_URL: {error}") from None
                self._tell(error)
            await asyncio.sleep(backoff.next_seconds())

    async def _session(self) -> None:
        url = self._settings.database_url or ""
        async with (
            await connect_service(url, idle_in_transaction_ms=IDLE_IN_TRANSACTION_MS) as database,
            projector_connection(database) as connection,
            TopicReader(self._options, projected_topics(self._topics)) as reader,
        ):
            if self._to_be_emptied:
                await empty_projections(database)
                self._to_be_emptied = False
                log.info("projections emptied")
            if self._once:
                await self._project_once(connection, reader)
            else:
                await self._project_for_ever(database, connection, reader)

    async def _project_once(self, connection: DedicatedConnection, reader: TopicReader) -> None:
        if not await StandBy(connection).wait(until=await reader.extents()):
            return
        following = Following(connection, reader, self._topics, self._metrics, self._progress)
        await following.open()
        await following.run_to_present()

    async def _project_for_ever(
        self, database: Database, connection: DedicatedConnection, reader: TopicReader
    ) -> None:
        probes = [
            asyncio.create_task(
                self._health.probe("PostgreSQL", lambda: check_ability(database, PROJECTING))
            ),
            asyncio.create_task(self._health.probe("Kafka", reader.check)),
        ]
        try:
            await StandBy(connection, on_waiting=self._stand_by).wait()
            following = Following(connection, reader, self._topics, self._metrics, self._progress)
            await following.open()
            self._following = following
            self._metrics.active(is_active=True)
            self._health.present("projector")
            log.info("projecting")
            await following.run()
        finally:
            self._metrics.active(is_active=False)
            for probe in probes:
                probe.cancel()
            await asyncio.wait(probes)

    def _stand_by(self) -> None:
        self._following = None
        self._health.present("projector")
        self._progress.done(is_more=False)

    def _not_working_because(self) -> list[str]:
        """Why not everything can be projected just now; nothing when it can."""
        return [*self._hindered_by(), *(self._following.not_ready_because() if self._following else [])]

    def _hindered_by(self) -> list[str]:
        cause = self._progress.cause
        if seconds := self._progress.stalled_seconds():
            return [f"nothing was projected for {seconds:.0f} s: {cause or 'waiting for PostgreSQL'}"]
        return [f"nothing is projected: {cause}"] if cause else []

    def _tell(self, error: Exception) -> None:
        component: Literal["database", "kafka"] = "database" if isinstance(error, DatabaseError) else "kafka"
        self._metrics.retried(component)
        self._progress.hindered(component, error)

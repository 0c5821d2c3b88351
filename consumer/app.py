"""Puts the engine together and keeps it alive: `clarion run`."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from config.kafka import kafka_client_options, kafka_producer_options
from config.settings import Settings
from consumer.audiences import lane as audience_lane
from consumer.audiences.lane import AudienceLane
from consumer.audiences.metrics import AudienceMetrics
from consumer.backoff import Backoff
from consumer.campaigns.registry import Registry
from consumer.exactly_once.consume import TriggerConsumer
from consumer.exactly_once.fault_points import NO_FAULT_POINTS, FaultPoints
from consumer.exactly_once.intake import Pace
from consumer.exactly_once.polling import PollFailures
from consumer.exactly_once.sessions import Sessions
from consumer.exactly_once.transaction import Transactor
from consumer.kafka.access import check_access
from consumer.kafka.connecting import connect
from consumer.kafka.rights import consumer_rights
from consumer.kafka.topics import Topics
from consumer.monitoring.frame import run_until, serving
from consumer.monitoring.health import Health
from consumer.monitoring.metrics import Metrics
from consumer.rules.policy import Policy
from consumer.store.ability import CLAIMING, CLAIMING_NOTHING, EXPANDING, check_ability
from consumer.store.batch import DatabaseBatchStore, NoBatchStore
from consumer.store.cap_uses import prune_uses
from consumer.store.claims import prune_claims
from consumer.store.database import Database
from consumer.store.errors import DatabaseError
from consumer.store.reaching import until_there
from consumer.store.service import connect_service
from consumer.triggers.handle import CampaignHandler
from consumer.triggers.publish import Publisher

log = structlog.get_logger()

PRUNE_EVERY_SECONDS = 60.0
USES_RETENTION = timedelta(days=400)
"""Of people who were sent nothing that counts: longer than any cap's window."""
_ABILITIES = {"high-throughput": CLAIMING_NOTHING, audience_lane.NAME: EXPANDING}

T = TypeVar("T")


class Engine:
    """One lane's consumer with all it needs, made from settings."""

    def __init__(self, settings: Settings, lane: str, fault_points: FaultPoints = NO_FAULT_POINTS) -> None:
        self._settings = settings
        self._lane = lane
        self._fault_points = fault_points
        self._topics = Topics(settings.topic_prefix)
        group_id = settings.group_for(lane)
        self._transactional_id = f"{group_id}.{settings.instance_id or uuid4()}"
        self._rights = consumer_rights(self._topics, lane, group_id, self._transactional_id)
        self._metrics = Metrics(lane)
        self._health = Health()
        self._poll_failures = PollFailures()
        self._consumer: TriggerConsumer | None = None
        self._audiences: AudienceLane | None = None
        self._metrics.watch_lag(lambda: self._consumer.lag() if self._consumer else {})
        self.port: int | None = None
        """Where health and metrics are served, once they are."""

    def not_ready_because(self) -> list[str]:
        return self._health.reasons()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then finish the running batch and leave the group.

        PostgreSQL or Kafka being away, at the start or later, is waited for.
        Raises SettingsError for what no waiting fixes.
        """
        self._health.missing("engine", "starting")
        self._metrics.watch_readiness(lambda: not self._health.reasons())
        settings, options = self._settings, kafka_client_options(self._settings)
        async with serving(settings, self._metrics.registry, self._health) as port:
            self.port = port
            log.info("starting", lane=self._lane, group=settings.group_for(self._lane), http_port=port)
            stopping = partial(self._health.missing, "engine", "stopping")
            await run_until(stop, self._work(options), stopping)
        log.info("stopped")

    async def _work(self, options: dict[str, Any]) -> None:
        async with AsyncExitStack() as stack:
            database = await self._until_there("PostgreSQL", self._connect)
            stack.push_async_callback(database.close)
            registry = Registry(database, poll_seconds=self._settings.registry_poll_seconds)
            await self._until_there("registry", registry.load)
            self._metrics.watch_registry_age(lambda: registry.age_seconds)
            needed = _ABILITIES.get(self._lane, CLAIMING)
            if self._lane == audience_lane.NAME:
                self._audiences = self._new_audience_lane(database, registry, options)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(registry.follow())
                tasks.create_task(self._prune(database))
                tasks.create_task(self._health.probe("PostgreSQL", lambda: check_ability(database, needed)))
                tasks.create_task(self._consume(database, registry, options))
                if self._audiences:
                    tasks.create_task(self._audiences.run())

    def _new_audience_lane(
        self, database: Database, registry: Registry, options: dict[str, Any]
    ) -> AudienceLane:
        return AudienceLane(
            self._settings,
            options,
            kafka_producer_options(self._settings),
            database=database,
            registry=registry,
            metrics=AudienceMetrics(database, self._metrics.registry),
            clock=self._fault_points.clock,
        )

    async def _connect(self) -> Database:
        return await connect_service(
            self._settings.database_url or "",
            # One stopped inside a database transaction must not hold its rows longer than its session.
            idle_in_transaction_ms=self._settings.session_timeout_ms // 2,
        )

    async def _check_access(self, options: dict[str, Any]) -> None:
        """Raises KafkaUnreachableError, RightsMissingError, TopicsMissingError."""
        admin = AIOKafkaAdminClient(**options)
        try:
            await connect(admin, options)
            await check_access(admin, self._rights)
        finally:
            await admin.close()

    async def _consume(self, database: Database, registry: Registry, options: dict[str, Any]) -> None:
        """Consume until cancelled; a consumer that fails is replaced by a new one."""
        backoff = Backoff()
        while True:
            # Before each: a right may have been taken from the one that ended.
            await self._until_there("Kafka", lambda: self._check_access(options))
            consumer = self._consumer = self._new_consumer(database, registry, options)
            self._health.ask(consumer.not_ready_because)
            probing = asyncio.create_task(
                self._health.probe("Kafka", lambda: self._check_brokers(consumer))  # noqa: B023 - ends with it
            )
            try:
                self._health.present("engine")
                await consumer.run()
            except Exception as error:  # noqa: BLE001 - logged by kind
                self._metrics.retried("kafka")
                _report_end(error)
            finally:
                probing.cancel()
                await consumer.close()
            await asyncio.sleep(backoff.next_seconds())

    async def _check_brokers(self, consumer: TriggerConsumer) -> None:
        # Until then it says itself what it waits for.
        if consumer.is_started:
            await consumer.check_access(self._rights)

    def _new_consumer(
        self, database: Database, registry: Registry, options: dict[str, Any]
    ) -> TriggerConsumer:
        settings, metrics = self._settings, self._metrics
        group_id = settings.group_for(self._lane)
        handler = CampaignHandler(
            lane=self._lane,
            registry=registry,
            store=NoBatchStore() if self._lane == "high-throughput" else DatabaseBatchStore(database),
            publisher=Publisher(self._topics),
            metrics=metrics,
            clock=self._fault_points.clock,
            policy=Policy(settings.consent_default, settings.phone_region),
        )
        batch_max = (
            min(settings.batch_max, audience_lane.BATCH_MAX) if self._audiences else settings.batch_max
        )
        consumer = TriggerConsumer(
            self._topics.triggers(self._lane),
            group_id,
            kafka_options=options,
            session_timeout_ms=settings.session_timeout_ms,
            sessions=Sessions(
                handler=self._audiences.handler(handler) if self._audiences else handler,
                transactor=Transactor(
                    {**options, **kafka_producer_options(settings)},
                    self._transactional_id,
                    settings.transaction_timeout_ms,
                    self._fault_points,
                ),
                database=database,
                metrics=metrics,
                pace=Pace(batch_max, settings.batch_linger_ms / 1000),
                fault_points=self._fault_points,
            ),
            failures=self._poll_failures,
        )
        metrics.watch_oldest_unprocessed(consumer.oldest_unprocessed_seconds)
        metrics.watch_assigned_partitions(consumer.assigned_count)
        return consumer

    async def _until_there(self, component: str, reach: Callable[[], Awaitable[T]]) -> T:
        return await until_there(self._health, component, reach)

    async def _prune(self, database: Database) -> None:
        """Forget old claims, and what no cap counts any more, step by step, until cancelled."""
        while True:
            try:
                pruned = await prune_claims(database, self._settings.claim_retention)
                self._metrics.claims_pruned(pruned)
                pruned += await prune_uses(database, USES_RETENTION)
            except DatabaseError as error:
                log.debug("claims not pruned", cause=str(error))
                pruned = 0
            await asyncio.sleep(0.1 if pruned else PRUNE_EVERY_SECONDS)


def _report_end(error: Exception) -> None:
    if isinstance(error, ExceptionGroup) and error.split(KafkaError)[1] is None:
        # Polling has logged the cause, once.
        log.info("consumer replaced", cause=str(error.exceptions[0]))
    else:
        log.warning("consumer ended", cause=repr(error), exc_info=isinstance(error, ExceptionGroup))

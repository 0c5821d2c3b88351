"""Puts the gateway together and keeps it alive: `clarion serve`."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from functools import partial
from typing import Final, TypeVar

import structlog

from config.errors import SettingsError
from config.kafka import kafka_client_options, kafka_producer_options
from config.settings import Settings
from consumer.campaigns.registry import Registry
from consumer.kafka.rights import writing
from consumer.kafka.topics import Topics
from consumer.keys.held import HeldKeys
from consumer.keys.oidc import OidcTokens
from consumer.keys.tokens import Tokens
from consumer.monitoring.frame import run_until, serving
from consumer.monitoring.health import Health
from consumer.store.ability import SERVING, check_ability
from consumer.store.batch import DatabaseBatchStore
from consumer.store.database import Database
from consumer.store.reaching import until_there
from consumer.store.service import connect_service
from consumer.triggers.admission import Admission
from consumer.triggers.writer import RecordWriter, TriggerWriter
from gateway.access import Access
from gateway.api.routes import routes
from gateway.api.services import serving as api_services
from gateway.app import build_app
from gateway.audiences import Audiences
from gateway.executions import Executions
from gateway.listening import bound, exposed, is_loopback, listening
from gateway.metrics import GatewayMetrics
from gateway.stale import stale
from gateway.tokens import TokenEndpoint

log = structlog.get_logger()

T = TypeVar("T")
_STARTING: Final = "gateway"


class Gateway:
    """One gateway process with all it needs, made from settings."""

    def __init__(self, settings: Settings, host: str, port: int, *, insecure: bool = False) -> None:
        self._settings = settings
        self._host = host
        self._asked_port = port
        self._is_exposed = not is_loopback(host)
        self._insecure = insecure
        self._metrics = GatewayMetrics()
        self._health = Health()
        self._health.missing(_STARTING, "starting")
        topics = Topics(settings.topic_prefix)
        options = kafka_client_options(settings), kafka_producer_options(settings)
        self._writer = TriggerWriter(*options, topics, self._health)
        # With a health of its own: where feedback cannot be written, triggers still can.
        self._feedback = RecordWriter(*options, writing(topics.feedback), Health(), "Kafka for feedback")
        self.http_port: int | None = None
        """Where health and metrics are served, once they are."""
        self.port: int | None = None
        """Where calls are answered, once they are."""

    def not_ready_because(self) -> list[str]:
        return self._health.reasons()

    async def run(self, stop: asyncio.Event) -> None:
        """Answer calls until `stop` is set, then finish those in flight.

        PostgreSQL or Kafka being away is waited for. Raises SettingsError for what no waiting fixes.
        """
        settings = self._settings
        stopping = partial(self._health.missing, _STARTING, "stopping")
        async with serving(settings, self._metrics.registry, self._health) as self.http_port:
            log.info("gateway starting", http_port=self.http_port)
            # Once it answers calls, it ends by itself at the stop, after those in flight.
            await run_until(stop, self._work(stop), stopping, ends_itself=lambda: self.port is not None)
        log.info("gateway stopped")

    async def _work(self, stop: asyncio.Event) -> None:
        async with AsyncExitStack() as stack:
            database = await self._until_there("PostgreSQL", self._connect)
            stack.push_async_callback(database.close)
            poll_seconds = self._settings.registry_poll_seconds
            registry = Registry(database, poll_seconds=poll_seconds)
            keys = HeldKeys(database, poll_seconds=poll_seconds)
            # Once: while the database is away later, triggers are taken until what is held is too old.
            await self._until_there("PostgreSQL", lambda: check_ability(database, SERVING))
            await self._until_there("registry", registry.load)
            await self._until_there("keys", keys.load)
            if self._is_exposed and not (keys.has_any or self._insecure or self._settings.oidc_issuer):
                raise SettingsError(exposed(self._host))
            listener = stack.enter_context(closing(bound(self._host, self._asked_port)))
            async with asyncio.TaskGroup() as tasks:
                following = [
                    tasks.create_task(registry.follow()),
                    tasks.create_task(keys.follow()),
                    tasks.create_task(self._writer.run()),
                    tasks.create_task(self._feedback.run()),
                ]
                await self._answer(stop, listener, database, registry, keys)
                for task in following:
                    task.cancel()

    async def _answer(
        self,
        stop: asyncio.Event,
        listener: socket.socket,
        database: Database,
        registry: Registry,
        keys: HeldKeys,
    ) -> None:
        settings, tokens = self._settings, Tokens(self._settings.signing_keys)
        self._health.ask(lambda: stale(registry, keys, settings.gateway_stale_max.total_seconds()))
        access = Access(
            keys,
            tokens,
            OidcTokens.of(settings),
            org_id=settings.gateway_org_id,
            allows_anonymous=(self._insecure or not self._is_exposed) and not settings.oidc_issuer,
        )
        executions = Executions(
            access,
            Admission(registry, DatabaseBatchStore(database)),
            self._writer,
            in_flight_max=settings.gateway_in_flight_max,
            why_unavailable=self._why_unavailable,
        )
        self._watch(executions, registry)
        api_database = await self._until_there("PostgreSQL", self._connect)
        endpoint, why = TokenEndpoint(keys, tokens), self._why_unavailable
        async with AsyncExitStack() as stack:
            services = await stack.enter_async_context(
                api_services(settings, api_database, registry, self._feedback)
            )
            app = build_app(
                executions,
                endpoint,
                self._metrics,
                why,
                audiences=Audiences(access, services.database, registry).routes(),
                own=routes(access, services),
            )
            await stack.enter_async_context(listening(app, listener, settings.trusted_proxies))
            self.port = int(listener.getsockname()[1])
            log.info("answering calls", host=self._host, port=self.port)
            if not keys.has_any and not settings.oidc_issuer:
                log.warning("no API key exists, so every call is accepted")
            self._health.present(_STARTING)
            await stop.wait()

    def _why_unavailable(self) -> str | None:
        """The first reason why no trigger can be accepted just now. A stop is none: that call is finished."""
        reasons = [reason for reason in self._health.reasons() if reason not in {"starting", "stopping"}]
        return reasons[0] if reasons else None

    def _watch(self, executions: Executions, registry: Registry) -> None:
        watch = self._metrics.watch
        watch("clarion_gateway_in_flight", "Calls that are being worked on.", lambda: executions.in_flight)
        watch(
            "clarion_gateway_unacknowledged",
            "Triggers that Kafka has not acknowledged yet.",
            lambda: self._writer.in_flight,
        )
        watch(
            "clarion_registry_age_seconds",
            "Since the campaigns were last read.",
            lambda: registry.age_seconds,
        )
        watch("clarion_ready", "1 when triggers can be accepted.", lambda: not self._health.reasons())

    async def _connect(self) -> Database:
        return await connect_service(self._settings.database_url or "")

    async def _until_there(self, component: str, reach: Callable[[], Awaitable[T]]) -> T:
        return await until_there(self._health, component, reach)

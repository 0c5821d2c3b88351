"""A Clarion of its own for a test: topics under a new prefix, a database, and engines to start on them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Self, TypeVar
from uuid import uuid4

import orjson
from aiohttp import ClientSession, ClientTimeout
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from config.loading import load_settings
from config.settings import Settings
from consumer.app import Engine
from consumer.campaigns import lifecycle
from consumer.exactly_once.fault_points import FaultPoints, wall_clock
from consumer.kafka.admin import create_topics
from consumer.kafka.cluster import Cluster
from consumer.kafka.record import Record
from consumer.kafka.topics import Topics
from consumer.store.configurations import write_configuration
from consumer.store.database import Database
from consumer.store.registry import changing
from schemas.campaign import CampaignFile, ChannelConfiguration
from schemas.channel import Channel
from tests.builders import CHANNELS

DEADLINE_SECONDS = 120.0
MARKERS_SECONDS = 2.0

Json = dict[str, Any]
T = TypeVar("T")


async def eventually(condition: Callable[[], Any], seconds: float = DEADLINE_SECONDS) -> Any:
    """What the condition gives once it is true; it may be a coroutine function. Fails at the deadline."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = condition()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"did not come true within {seconds} s") from None


class Installation:
    def __init__(self, settings: Settings, database: Database, producer: AIOKafkaProducer) -> None:
        self.settings = settings
        self.database = database
        self.topics = Topics(settings.topic_prefix)
        self.producer = producer
        self.clock: Callable[[], datetime] = wall_clock
        """By which engines in this process decide."""

    @classmethod
    @asynccontextmanager
    async def create(
        cls, bootstrap_servers: str, database_url: str, **overrides: object
    ) -> AsyncIterator[Self]:
        settings = load_settings(
            **{
                "kafka_bootstrap_servers": bootstrap_servers,
                "database_url": database_url,
                "topic_prefix": f"t{uuid4().hex[:12]}.",
                "topic_partitions": 3,
                "http_host": "127.0.0.1",
                "http_port": 0,
                **overrides,
            }
        )
        await create_topics(settings)
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(await Database.connect(database_url))
            async with changing(database) as change:
                for name, configuration in CHANNELS.items():
                    model = ChannelConfiguration.model_validate(configuration)
                    await write_configuration(change, name, model)
            producer = AIOKafkaProducer(
                bootstrap_servers=bootstrap_servers, enable_idempotence=True, max_request_size=4_000_000
            )
            await stack.enter_async_context(producer)
            yield cls(settings, database, producer)

    # --- doing ---------------------------------------------------------------------------------------

    async def activate(self, campaign: Json) -> int:
        """Apply and activate a campaign (see tests/builders.py); returns the version."""
        file = CampaignFile.model_validate(campaign)
        return (await lifecycle.apply(self.database, file, activate=True)).version

    async def send(self, *triggers: Json | bytes | None, lane: str = "unitary", **fields: Any) -> None:
        """Produce triggers, to partition 0 and in their order unless `partition` is given."""
        fields.setdefault("partition", 0)
        fields.setdefault("key", b"key")
        for trigger in triggers:
            value = orjson.dumps(trigger) if isinstance(trigger, dict) else trigger
            await self.producer.send_and_wait(self.topics.triggers(lane), value, **fields)

    async def send_all(self, triggers: Iterable[Json], lane: str = "unitary") -> None:
        """Produce many triggers at once, spread over the partitions by their first recipients."""
        topic = self.topics.triggers(lane)
        sent = [
            await self.producer.send(
                topic, orjson.dumps(trigger), key=trigger["recipients"][0]["userId"].encode()
            )
            for trigger in triggers
        ]
        await asyncio.gather(*sent)

    @asynccontextmanager
    async def engine(self, lane: str = "unitary", **overrides: object) -> AsyncIterator[Engine]:
        """An engine in this process, ready; stopped cleanly at the end."""
        async with self._running(lane, overrides) as (engine, running):
            await eventually(lambda: running.done() or not engine.not_ready_because())
            if running.done():
                await running  # raises what ended it
            yield engine

    @asynccontextmanager
    async def starting_engine(self, lane: str = "unitary", **overrides: object) -> AsyncIterator[Engine]:
        """The same, ready or not."""
        async with self._running(lane, overrides) as (engine, _):
            yield engine

    @asynccontextmanager
    async def _running(
        self, lane: str, overrides: Mapping[str, object]
    ) -> AsyncIterator[tuple[Engine, asyncio.Task[None]]]:
        settings = self.settings.model_copy(update=overrides)
        engine = Engine(settings, lane, FaultPoints(clock=self.clock))
        stop = asyncio.Event()
        running = asyncio.create_task(engine.run(stop))
        try:
            # It tells from its first step on why it is not ready.
            await eventually(lambda: running.done() or engine.not_ready_because())
            yield engine, running
        finally:
            stop.set()
            await running

    async def process(self, lane: str = "unitary", **overrides: object) -> asyncio.subprocess.Process:
        """`clarion run` as a process of its own; the caller ends it."""
        fields = self.settings.model_dump(exclude_unset=True, mode="json") | overrides
        environment = {f"CLARION_{name.upper()}": str(value) for name, value in fields.items()}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cli",
            "run",
            "--lane",
            lane,
            env={**os.environ, "CLARION_LOG_LEVEL": "WARNING", **environment},
        )

    # --- reading -------------------------------------------------------------------------------------

    async def read(self, topic: str) -> list[Record]:
        """All committed records of a topic, up to its end as of now.

        A commit is answered before it can be read, so a transaction that seems open is given a moment.
        """
        with suppress(AssertionError):
            await eventually(lambda: self._is_settled(topic), MARKERS_SECONDS)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.settings.kafka_bootstrap_servers,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=8_000_000,
        )
        # Not `async with`: that leaves open what is cancelled while it starts.
        try:
            await consumer.start()
            partitions = [TopicPartition(topic, p) for p in range(self.settings.topic_partitions)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            records: list[Record] = []
            for partition in partitions:
                while await consumer.position(partition) < ends[partition]:
                    fetched = await consumer.getmany(partition, timeout_ms=200)
                    records += [record for batch in fetched.values() for record in batch]
            return records
        finally:
            await consumer.stop()

    async def _is_settled(self, topic: str) -> bool:
        cluster = Cluster.of(self.settings)
        return await cluster.spans(topic) == await cluster.spans(topic, with_open_transactions=True)

    async def values(self, topic: str) -> list[Json]:
        return [orjson.loads(record.value or b"null") for record in await self.read(topic)]

    async def deliveries(self) -> list[Json]:
        """Of all channels."""
        return [value for c in Channel for value in await self.values(self.topics.deliveries(c))]

    async def executions(self, count: int = 0) -> list[Json]:
        """Once there are `count`."""
        return await self._at_least(count, lambda: self.values(self.topics.executions))

    async def dead_letters(self, count: int = 0) -> list[Record]:
        """Once there are `count`."""
        return await self._at_least(count, lambda: self.read(self.topics.dead_letters))

    async def profiles_created(self) -> list[Json]:
        return await self.values(self.topics.profiles_created)

    async def _at_least(self, count: int, read: Callable[[], Awaitable[list[T]]]) -> list[T]:
        found: list[T] = []

        async def enough() -> bool:
            nonlocal found
            found = await read()
            return len(found) >= count

        try:
            await eventually(enough)
        except AssertionError:
            raise AssertionError(f"{len(found)} records instead of {count}: {found}") from None
        return found


def headers(record: Record) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers}


async def metric(port: int | None, name: str) -> float:
    """What an engine tells Prometheus at its port: the sum of a metric over its labels."""
    async with ClientSession(timeout=ClientTimeout(total=5)) as session:
        response = await session.get(f"http://127.0.0.1:{port}/metrics")
        families = text_string_to_metric_families(await response.text())
    return sum(sample.value for family in families for sample in family.samples if sample.name == name)

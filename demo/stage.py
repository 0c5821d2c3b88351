"""The stage: an installation with the samples in it, the engine, a producer and a reader."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from aiokafka import AIOKafkaProducer

from config.kafka import kafka_client_options
from config.settings import Settings
from consumer.app import Engine
from consumer.kafka.admin import create_topics
from consumer.kafka.topics import Topics
from consumer.store.database import Database
from demo.chronicle import Chronicle
from demo.reader import Reader
from demo.samples import load_samples
from demo.scenario import Scenario
from demo.screen import Screen
from demo.servers import servers
from schemas.channel import Channel
from schemas.place import Place

LANE: Final = "unitary"
READY_SECONDS: Final = 30.0
SETTLE_SECONDS: Final = 30.0


class DemoError(Exception):
    """The demo cannot go on; the message says what did not happen."""


@dataclass(frozen=True, slots=True)
class Stage:
    settings: Settings
    topics: Topics
    database: Database
    producer: AIOKafkaProducer
    reader: Reader
    sent: dict[str, Place] = field(default_factory=dict)
    """Where each trigger lies, by its scenario's title."""

    async def send(self, scenarios: Iterable[Scenario]) -> None:
        """Put the triggers on their topic, in their order."""
        topic = self.topics.triggers(LANE)
        for scenario in scenarios:
            placed = await self.producer.send_and_wait(topic, scenario.value, key=scenario.key)
            self.sent[scenario.title] = Place(topic, placed.partition, placed.offset)

    def chronicle(self) -> Chronicle:
        """What happened, as far as it was read."""
        return Chronicle(self.topics, self.reader.records)

    async def read_until(self, is_all_told: Callable[[Chronicle], bool]) -> Chronicle:
        """What happened, once that is all there is to tell; at the deadline, as much as there is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                await self.reader.read_until(lambda: is_all_told(self.chronicle()))
        await self.reader.read_to_end()
        return self.chronicle()


@asynccontextmanager
async def open_stage(screen: Screen) -> AsyncIterator[Stage]:
    """Start the servers and prepare an installation on them; in the end all of it is gone."""
    async with servers(screen) as settings:
        topics = Topics(settings.topic_prefix)
        with screen.step("Topics and database tables"):
            await create_topics(settings)
            # 28 MB, which whoever imports this for another command should not carry.
            from consumer.store.migrate import migrate  # noqa: PLC0415

            await migrate(settings.database_url or "")
        async with (
            await Database.connect(settings.database_url or "") as database,
            AIOKafkaProducer(**kafka_client_options(settings), enable_idempotence=True) as producer,
            Reader.open(settings, _read_topics(topics)) as reader,
        ):
            with screen.step("Sample campaigns, channel configurations and customers"):
                await load_samples(database)
            yield Stage(settings, topics, database, producer, reader)


@asynccontextmanager
async def running_engine(settings: Settings, lane: str = LANE) -> AsyncIterator[None]:
    """The engine as `clarion run` runs it, ready; stopped cleanly at the end."""
    engine, stop = Engine(settings, lane), asyncio.Event()
    running = asyncio.create_task(engine.run(stop))
    try:
        await _ready(engine, running)
        yield
    finally:
        stop.set()
        await running


async def _ready(engine: Engine, running: asyncio.Task[None]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while engine.not_ready_because() and not running.done():
        if time.monotonic() > deadline:
            reasons = "; ".join(engine.not_ready_because())
            raise DemoError(f"The engine was not ready within {READY_SECONDS:.0f} s: {reasons}.")
        await asyncio.sleep(0.05)


def _read_topics(topics: Topics) -> list[str]:
    """In the order of a trigger's trip."""
    deliveries = [topics.deliveries(channel) for channel in Channel]
    return [
        topics.triggers(LANE),
        *deliveries,
        topics.executions,
        topics.profiles_created,
        topics.dead_letters,
    ]

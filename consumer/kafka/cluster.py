"""One installation's Kafka, as those who read and write dead letters reach it."""
# mypy: allow-untyped-calls

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from config.kafka import kafka_client_options, kafka_producer_options
from config.settings import Settings
from consumer.kafka.access import check_access
from consumer.kafka.connecting import connect
from consumer.kafka.errors import NoAnswerError, TopicMissingError, TopicsMissingError
from consumer.kafka.rights import reading
from consumer.kafka.span import Span
from consumer.kafka.topics import REQUEST_BYTES_MAX, Topics

ANSWER_SECONDS: Final = 30.0
"""aiokafka can wait for ever for a broker that is away."""
_FETCH_BYTES_MAX: Final = 4 * 1024 * 1024
"""What one broker sends at a time: this bounds the memory that reading takes."""


@dataclass(frozen=True, slots=True)
class Cluster:
    options: Mapping[str, Any]
    topics: Topics
    producer_options: Mapping[str, Any]
    transaction_timeout_ms: int = 10_000

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises SettingsError when no brokers are named."""
        return cls(
            kafka_client_options(settings),
            Topics(settings.topic_prefix),
            kafka_producer_options(settings),
            settings.transaction_timeout_ms,
        )

    @contextmanager
    def answering(self, doing: str) -> Iterator[None]:
        """Raises NoAnswerError in place of a TimeoutError."""
        try:
            yield
        except TimeoutError:
            raise self.no_answer(doing) from None

    def no_answer(self, doing: str) -> NoAnswerError:
        return NoAnswerError(self.options["bootstrap_servers"], doing)

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**self.options)
        try:
            await connect(admin, self.options)
            yield admin
        finally:
            await _closed(admin.close())

    @asynccontextmanager
    async def reader(
        self, isolation: Literal["read_committed", "read_uncommitted"] = "read_committed"
    ) -> AsyncIterator[AIOKafkaConsumer]:
        """A consumer of no group, with nothing assigned to it."""
        consumer = AIOKafkaConsumer(
            **self.options,
            isolation_level=isolation,
            # Retention can overtake a slow reader: it goes on with the oldest letter there is.
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=REQUEST_BYTES_MAX,
            fetch_max_bytes=_FETCH_BYTES_MAX,
        )
        try:
            await connect(consumer, self.options)
            # Stopped before its tasks have begun, aiokafka's stop() ends as if we were cancelled.
            await asyncio.sleep(0)
            yield consumer
        finally:
            await _closed(consumer.stop())

    async def partitions(self, topic: str) -> list[TopicPartition]:
        """Raises TopicMissingError, RightsMissingError."""
        async with self.admin() as admin:
            with self.answering("looking for topics"):
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._check_readable(admin, topic)
                    [found] = await admin.describe_topics([topic])
        return [
            TopicPartition(topic, number) for number in sorted(p["partition"] for p in found["partitions"])
        ]

    @staticmethod
    async def _check_readable(admin: AIOKafkaAdminClient, topic: str) -> None:
        # Before it is described: asked for by name alone, a broker could create the topic.
        try:
            await check_access(admin, reading(topic))
        except TopicsMissingError:
            raise TopicMissingError(topic) from None

    async def spans(self, topic: str, *, with_open_transactions: bool = False) -> dict[int, Span]:
        """The topic's partitions from their beginnings to their ends as of now.

        The end is where the first open transaction begins, unless that is asked for as well.
        """
        partitions = await self.partitions(topic)
        isolation: Literal["read_committed", "read_uncommitted"] = (
            "read_uncommitted" if with_open_transactions else "read_committed"
        )
        async with self.reader(isolation) as consumer:
            with self.answering(f"asking for the ends of {topic}"):
                async with asyncio.timeout(ANSWER_SECONDS):
                    begins = await consumer.beginning_offsets(partitions)
                    ends = await consumer.end_offsets(partitions)
        return {tp.partition: Span(begins[tp], max(begins[tp], ends[tp])) for tp in partitions}


async def _closed(closing: Any) -> None:  # noqa: ANN401 - a coroutine of an untyped library
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await closing
    except TimeoutError:
        return

"""An independent reader of the topics: read_committed and without a group, as anyone could be one."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final, Self

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from config.kafka import kafka_client_options
from config.settings import Settings
from consumer.kafka.record import Record

_POLL_MS: Final = 100


class Reader:
    def __init__(self, consumer: AIOKafkaConsumer, topics: Iterable[str]) -> None:
        self._consumer = consumer
        self.records: dict[str, list[Record]] = {topic: [] for topic in topics}
        """By topic, all that was read so far."""

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, topics: Iterable[str]) -> AsyncIterator[Self]:
        consumer = AIOKafkaConsumer(
            **kafka_client_options(settings), isolation_level="read_committed", auto_offset_reset="earliest"
        )
        async with consumer:
            reader = cls(consumer, topics)
            partitions = range(settings.topic_partitions)
            consumer.assign([TopicPartition(topic, n) for topic in reader.records for n in partitions])
            yield reader

    async def read_until(self, is_enough: Callable[[], bool]) -> None:
        """Read on until there is enough; without end if there never is."""
        while not is_enough():
            await self._read_on()

    async def read_to_end(self) -> None:
        """Read everything that is committed by now."""
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        for partition, end in ends.items():
            while await self._consumer.position(partition) < end:
                await self._read_on()

    async def _read_on(self) -> None:
        for partition, records in (await self._consumer.getmany(timeout_ms=_POLL_MS)).items():
            self.records[partition.topic] += records

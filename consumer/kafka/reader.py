"""Reads every partition of some topics, without a group: where to begin is the database's to say."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from consumer.kafka.access import check_access
from consumer.kafka.connecting import connect
from consumer.kafka.fencing import check_fetching
from consumer.kafka.record import Partition, Record
from consumer.kafka.rights import reading
from consumer.kafka.stopped import StoppedPartitions
from consumer.kafka.topics import Topics
from schemas.channel import Channel

POLL_MS = 200
RECORDS_MAX = 1_000
"""In one transaction."""
_FETCH_BYTES_MAX = 16 * 1024 * 1024
"""Of one answer of a broker: dead letters can have a megabyte and more each."""
_METADATA_MS = 10_000
"""How soon a new partition is noticed."""

_STOP_SECONDS = 3.0


def projected_topics(topics: Topics, *, by_person: bool) -> tuple[str, ...]:
    """Executions, dead letters and resolutions; the deliveries too, for the addresses that are in them."""
    always = topics.executions, topics.dead_letters, topics.resolutions
    return (*always, *(topics.deliveries(channel) for channel in Channel)) if by_person else always


@dataclass(frozen=True, slots=True)
class Extent:
    """What a partition holds by now, as offsets: the first, and the next after the last committed."""

    begin: int
    end: int


class TopicReader:
    """`async with TopicReader(...) as reader`; then `extents`, `assign`, and `fetch` again and again."""

    def __init__(self, kafka_options: Mapping[str, Any], topics: Collection[str]) -> None:
        self._options = kafka_options
        self._topics = topics
        self._consumer = AIOKafkaConsumer(
            **kafka_options,
            isolation_level="read_committed",
            # Expired records and recreated topics must be noticed and reported.
            auto_offset_reset="none",
            fetch_max_bytes=_FETCH_BYTES_MAX,
            metadata_max_age_ms=_METADATA_MS,
        )
        self.stopped = StoppedPartitions(self._consumer)
        """The partitions that stand still at a batch that cannot be read."""

    async def extents(self) -> dict[Partition, Extent]:
        """All partitions of the topics. Raises TopicsMissingError, RightsMissingError."""
        partitions = [TopicPartition(*found) for found in await self._partitions()]
        begins = await self._consumer.beginning_offsets(partitions)
        ends = await self._consumer.end_offsets(partitions)
        return {(tp.topic, tp.partition): Extent(begins[tp], ends[tp]) for tp in partitions}

    async def _partitions(self) -> list[Partition]:
        admin = AIOKafkaAdminClient(**self._options)
        try:
            await connect(admin, self._options)
            # Not described before it is known to be there: a broker may create what it is asked for by name.
            await check_access(admin, reading(*self._topics))
            described = await admin.describe_topics(list(self._topics))
        finally:
            await admin.close()
        return [(topic["topic"], found["partition"]) for topic in described for found in topic["partitions"]]

    async def offsets_at(self, partitions: Collection[Partition], instant: datetime) -> dict[Partition, int]:
        """The first offset at or after the instant, where there is one."""
        milliseconds = max(0, int(instant.timestamp() * 1000))
        asked = {TopicPartition(*partition): milliseconds for partition in partitions}
        found = await self._consumer.offsets_for_times(asked)
        return {(tp.topic, tp.partition): place.offset for tp, place in found.items() if place is not None}

    def assign(self, offsets: Mapping[Partition, int]) -> None:
        """Read these partitions from their next offsets on."""
        self._consumer.assign([TopicPartition(*partition) for partition in offsets])
        for partition, offset in offsets.items():
            self._consumer.seek(TopicPartition(*partition), offset)

    async def fetch(self) -> list[Record]:
        """The next records, those of a partition in order; none after a while without any.

        Raises OffsetOutOfRangeError when a partition no longer has the offset that is next.
        """
        check_fetching(self._consumer)
        fetched = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_MAX)
        self.stopped.look()
        return [record for records in fetched.values() for record in records]

    async def positions(self) -> dict[Partition, int]:
        """Next offsets, which also pass over what is not a record: ends of transactions, aborted ones."""
        return {
            (tp.topic, tp.partition): await self._consumer.position(tp) for tp in self._consumer.assignment()
        }

    async def ends(self) -> dict[Partition, int]:
        """The next offset after the last committed record, of each partition that is read."""
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        return {(tp.topic, tp.partition): end for tp, end in ends.items()}

    def has_new_partitions(self) -> bool:
        assigned = self._consumer.assignment()
        return any(
            TopicPartition(topic, partition) not in assigned
            for topic in self._topics
            for partition in self._consumer.partitions_for_topic(topic) or ()
        )

    async def check(self) -> None:
        """Raises KafkaError when no broker answers, RightsMissingError, TopicsMissingError."""
        await check_access(self._consumer, reading(*self._topics))

    async def __aenter__(self) -> Self:
        try:
            await connect(self._consumer, self._options)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def _stop(self) -> None:
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await self._consumer.stop()

"""Reading a stretch of a topic to its end, a fetch at a time: memory does not grow with the topic."""
# mypy: allow-untyped-calls

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from consumer.kafka.cluster import ANSWER_SECONDS, Cluster
from consumer.kafka.record import Record
from consumer.kafka.span import Span
from consumer.kafka.stopped import StoppedPartitions

_POLL_MS: Final = 500
_RECORDS_MAX: Final = 1_000
"""A record fetched is five times as large in Python as on the wire."""


@asynccontextmanager
async def scanning(
    cluster: Cluster, topic: str, spans: Mapping[int, Span]
) -> AsyncIterator[AsyncIterator[Sequence[Record]]]:
    """The committed records in the spans, each partition's in their order."""
    wanted = {TopicPartition(topic, number): span for number, span in spans.items() if span.length}
    if not wanted:
        yield _nothing()
        return
    async with cluster.reader() as consumer:
        consumer.assign(list(wanted))
        for partition, span in wanted.items():
            consumer.seek(partition, span.start)
        yield _fetches(cluster, consumer, topic, wanted)


async def _nothing() -> AsyncIterator[Sequence[Record]]:
    nothing: tuple[Sequence[Record], ...] = ()
    for records in nothing:
        yield records


async def _fetches(
    cluster: Cluster, consumer: AIOKafkaConsumer, topic: str, wanted: Mapping[TopicPartition, Span]
) -> AsyncIterator[Sequence[Record]]:
    """Raises NoAnswerError (the brokers are away, or a transaction stays open), UnreadableBatchError."""
    clock = asyncio.get_running_loop().time
    position, moved_at = -1, clock()
    while True:
        with cluster.answering(f"reading {topic}"):
            async with asyncio.timeout(ANSWER_SECONDS):
                positions = {tp: await consumer.position(tp) for tp in wanted}
        # Not by the last record: what ends a partition can be a transaction's marker, which is never given.
        if all(positions[tp] >= span.end for tp, span in wanted.items()):
            return
        if sum(positions.values()) > position:
            position, moved_at = sum(positions.values()), clock()
        elif clock() - moved_at > ANSWER_SECONDS:
            raise cluster.no_answer(f"reading {topic}")
        fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_RECORDS_MAX)
        records = [r for tp, batch in fetched.items() for r in batch if r.offset < wanted[tp].end]
        if not fetched:
            StoppedPartitions(consumer).refuse()
        if records:
            yield records
            # The reader's own time with the records is none of the brokers'.
            moved_at = clock()

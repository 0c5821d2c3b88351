"""One transactional producer, and the transaction of a batch: outputs, then input offsets, then commit."""
# mypy: allow-untyped-calls

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from aiokafka import errors
from aiokafka.structs import TopicPartition

from consumer.exactly_once.fault_points import NO_FAULT_POINTS, FaultPoint, FaultPoints
from consumer.kafka.fencing import FencedProducer, Membership, StaleMembership
from consumer.kafka.partitioner import partitions_for
from consumer.kafka.producing import send_in_batches, transactional_producer
from consumer.kafka.record import Outgoing

log = structlog.get_logger()

CALL_SECONDS_MIN = 5.0


class OutputTooLargeError(Exception):
    """A topic does not take one of the batch's records: an error of data, to be found and rejected."""


class UnsendableError(errors.KafkaError):
    """A topic takes nothing that a record makes, not even a dead letter that leaves the original out."""


class TransactionTimeoutError(TimeoutError):
    """Kafka did not finish a transaction in time."""


class DecisionOutdated(Exception):  # noqa: N818 - an event, answered by deciding again
    """The batch's decision stopped being valid while its transaction was on the way."""


class Transactor:
    """Keeps a producer that works. After any fault it is thrown away: its state can no longer be trusted."""

    def __init__(
        self,
        kafka_options: Mapping[str, Any],
        transactional_id: str,
        transaction_timeout_ms: int,
        fault_points: FaultPoints = NO_FAULT_POINTS,
    ) -> None:
        self._fault_points = fault_points
        self._make = partial(transactional_producer, kafka_options, transactional_id, transaction_timeout_ms)
        # A transaction that takes longer is aborted by its coordinator, so nothing is gained by waiting on.
        self._seconds = max(CALL_SECONDS_MIN, transaction_timeout_ms / 1000)
        self._producer: FencedProducer | None = None
        self._step = ""
        """Kafka's last request, for the message when it does not answer."""

    async def start(self) -> None:
        """Make the producer unless there is one. This also ends what a former one left open."""
        if self._producer is not None:
            return
        producer = self._make()
        self._step = "getting a producer id"
        try:
            async with self._in_time():
                await producer.start()
        except BaseException:
            await producer.abandon()
            raise
        self._producer = producer

    async def stop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.abandon()

    async def commit(
        self,
        outgoing: Iterable[Outgoing],
        offsets: Mapping[TopicPartition, int],
        membership: Membership,
        still_valid: Callable[[], bool] = lambda: True,
    ) -> None:
        """Produce the records and commit the offsets, all or nothing.

        `still_valid` is asked last of all: a broker that is slow must not make an old decision come true.
        Raises StaleMembership (the partitions moved), DecisionOutdated, OutputTooLargeError, or what Kafka's
        client raises when it cannot say how the transaction ended: the next owner of the partitions reads
        that from the offsets.
        """
        await self.start()
        assert self._producer is not None
        try:
            async with self._in_time():
                await self._run(self._producer, outgoing, offsets, membership, still_valid)
        except (StaleMembership, DecisionOutdated):
            raise
        except BaseException:
            await self.stop()
            raise

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._seconds):
                yield
        except TimeoutError as error:
            raise TransactionTimeoutError(
                f"Kafka did not finish a transaction in {self._seconds:.0f} s, which was at {self._step}; "
                "look at the brokers' logs and at the topics' replicas."
            ) from error

    async def _run(
        self,
        producer: FencedProducer,
        outgoing: Iterable[Outgoing],
        offsets: Mapping[TopicPartition, int],
        membership: Membership,
        still_valid: Callable[[], bool],
    ) -> None:
        self._step = "its beginning"
        await producer.begin_transaction()
        # A failed send does not fail the transaction, and offsets sent while a produce is in flight cost
        # retries of 100 ms: every send is awaited first.
        await self._send(producer, outgoing)
        self._step = "the group's offsets"
        try:
            await producer.send_offsets_fenced(offsets, membership)
            _refuse_outdated(still_valid)
        except (StaleMembership, DecisionOutdated):
            await producer.abort_transaction()
            raise
        self._fault_points.reached(FaultPoint.OFFSETS_SENT)
        self._step = "its commit"
        await producer.commit_transaction()
        self._fault_points.reached(FaultPoint.COMMITTED)

    async def _send(self, producer: FencedProducer, outgoing: Iterable[Outgoing]) -> None:
        by_topic: dict[str, list[Outgoing]] = defaultdict(list)
        for record in outgoing:
            by_topic[record.topic].append(record)
        by_partition: list[tuple[TopicPartition, list[Outgoing]]] = []
        for topic, records in by_topic.items():
            self._step = f"looking up {topic}"
            count = len(await producer.partitions_for(topic))
            by_partition += (
                (TopicPartition(topic, partition), outgoing)
                for partition, outgoing in _by_partition(records, count)
            )
        self._step = f"sending to {', '.join(by_topic)}"
        try:
            await asyncio.gather(
                *(_send_partition(producer, *each, self._fault_points) for each in by_partition)
            )
        except (errors.MessageSizeTooLargeError, errors.RecordTooLargeError) as error:
            raise OutputTooLargeError(str(error)) from error


def _refuse_outdated(still_valid: Callable[[], bool]) -> None:
    if not still_valid():
        raise DecisionOutdated


def _by_partition(records: Sequence[Outgoing], count: int) -> Iterable[tuple[int, list[Outgoing]]]:
    by_partition: dict[int, list[Outgoing]] = defaultdict(list)
    partitions = partitions_for([record.key for record in records], count)
    for record, partition in zip(records, partitions, strict=True):
        by_partition[partition].append(record)
    return by_partition.items()


async def _send_partition(
    producer: FencedProducer,
    partition: TopicPartition,
    records: Sequence[Outgoing],
    fault_points: FaultPoints,
) -> None:
    # Together, so that of several that fail each is looked at: asyncio would log the others as lost.
    await asyncio.gather(*await send_in_batches(producer, partition, records))
    fault_points.reached(FaultPoint.SENT_SOME)

"""The gate on assignment: nothing is processed until every partition's owner and offset are certain."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from consumer.exactly_once.fault_points import NO_FAULT_POINTS, FaultPoint, FaultPoints
from consumer.exactly_once.handler import Ownership
from consumer.kafka.fencing import Membership, is_member, stable_offsets
from consumer.monitoring.metrics import Metrics
from consumer.store.database import Database
from consumer.store.partitions import StoredPartition, raise_epochs

log = structlog.get_logger()

TELL_EVERY_SECONDS = 20.0
"""Longer than the transaction of a killed process is left open by default."""


class NotOwner(Exception):  # noqa: N818 - an event of the protocol, not a fault
    """The group has moved on: wait for the next assignment."""


@dataclass(frozen=True, slots=True)
class Opened:
    ownership: Ownership
    offsets: Mapping[TopicPartition, int]
    """Where to go on, by partition."""
    ends: Mapping[TopicPartition, int]
    """The next offsets after the last records there are."""


class Gate:
    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        database: Database,
        metrics: Metrics,
        fault_points: FaultPoints = NO_FAULT_POINTS,
    ) -> None:
        self._consumer = consumer
        self._database = database
        self._metrics = metrics
        self._fault_points = fault_points

    async def open(self, partitions: Collection[TopicPartition], membership: Membership) -> Opened:
        """Take the partitions over, in the database and from their last owner, and find where to go on.

        The order matters. The membership is confirmed after the epochs were raised: a process that was
        stopped in between finds out here that it is late, before it can undo what the new owner does.
        Raises NotOwner, DatabaseUnavailable.
        """
        topic = next(iter(partitions)).topic
        await self._confirm(membership)
        stored = await raise_epochs(
            self._database, membership.group_id, topic, [tp.partition for tp in partitions]
        )
        self._fault_points.reached(FaultPoint.EPOCHS_RAISED)
        committed = await self._stable_offsets(partitions)
        begins = await self._consumer.beginning_offsets(list(partitions))
        ends = await self._consumer.end_offsets(list(partitions))
        await self._confirm(membership)
        return Opened(
            Ownership(
                membership.group_id,
                topic,
                {number: row.epoch for number, row in stored.items()},
                {
                    tp.partition: attempted
                    for tp in partitions
                    if (attempted := _within(stored[tp.partition].attempted_offset, ends[tp]))
                },
            ),
            {
                tp: self._kept(tp, self._start(tp, committed[tp], stored[tp.partition], ends[tp]), begins[tp])
                for tp in partitions
            },
            ends,
        )

    async def _stable_offsets(
        self, partitions: Collection[TopicPartition]
    ) -> Mapping[TopicPartition, int | None]:
        """As long as it takes, but not in silence: a broker can leave a transaction open for ever."""
        reading = asyncio.create_task(stable_offsets(self._consumer, partitions))
        try:
            while not (await asyncio.wait({reading}, timeout=TELL_EVERY_SECONDS))[0]:
                log.warning(
                    "waiting for a transaction on these partitions to end; "
                    "`kafka-transactions.sh list` and `find-hanging` show which",
                    partitions=sorted(tp.partition for tp in partitions),
                )
            return reading.result()
        finally:
            reading.cancel()

    async def _confirm(self, membership: Membership) -> None:
        if not await is_member(self._consumer, membership):
            raise NotOwner

    def _start(
        self, partition: TopicPartition, committed: int | None, stored: StoredPartition, end: int
    ) -> int:
        """The offset to go on from: the broker's, or the database's if the broker's was lost."""
        acknowledged = stored.acknowledged_offset or 0
        where = {
            "topic": partition.topic,
            "partition": partition.partition,
            "committed": committed,
            "end": end,
        }
        if (committed or 0) > end:
            # The broker forgets the offsets of a deleted topic, so this log was cut: what is left was read.
            log.warning("committed offset is beyond the end of the log: continuing at the end", **where)
            return end
        if acknowledged > end:
            log.warning("stored offset is beyond the end of the log: the topic was recreated", **where)
            return committed or 0
        if acknowledged > (committed or 0):
            log.warning(
                "committed offset was lost or set back: using the stored one", **where, stored=acknowledged
            )
            self._metrics.offsets_lost()
        return max(committed or 0, acknowledged)

    @staticmethod
    def _kept(partition: TopicPartition, start: int, begin: int) -> int:
        # Before anything was committed, what has expired was not this group's to read.
        if 0 < start < begin:
            log.warning(
                "records expired before they were read",
                topic=partition.topic,
                partition=partition.partition,
                records=begin - start,
            )
        return max(start, begin)


def _within(attempted: int | None, end: int) -> int | None:
    # Beyond the end of the log it is of a topic that was recreated, whose records were never tried.
    return attempted if attempted is not None and attempted <= end else None

"""Records fetched and not yet taken: drained from the client at once, held in bounds."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic

from aiokafka.structs import TopicPartition

from consumer.kafka.record import Record

HIGH_WATER_BYTES = 8_000_000
"""Fetching waits above it: a slow database means back-pressure, not growth."""
LOW_WATER_BYTES = HIGH_WATER_BYTES // 2
BATCH_BYTES_MAX = 4_000_000


class Inbox:
    def __init__(self) -> None:
        self._queues: dict[TopicPartition, deque[Record]] = {}
        self._arrived = asyncio.Event()
        self._left = asyncio.Event()
        self._bytes = 0
        self.count = 0
        """Records that wait."""
        self._waiting_since = 0.0
        """Monotonic clock: when the first of them came."""

    @property
    def is_full(self) -> bool:
        return self._bytes > HIGH_WATER_BYTES

    @property
    def has_room(self) -> bool:
        return self._bytes < LOW_WATER_BYTES

    @property
    def is_empty(self) -> bool:
        return self.count == 0

    def oldest_timestamp(self) -> int | None:
        """Epoch milliseconds of the oldest record that waits; None if none does."""
        return min((queue[0].timestamp for queue in self._queues.values() if queue), default=None)

    def counts(self) -> dict[TopicPartition, int]:
        return {partition: len(queue) for partition, queue in self._queues.items()}

    def put(self, fetched: Mapping[TopicPartition, Sequence[Record]]) -> None:
        if not self.count:
            self._waiting_since = monotonic()
        for partition, records in fetched.items():
            self._queues.setdefault(partition, deque()).extend(records)
            self._bytes += sum(map(_size, records))
            self.count += len(records)
        if self.count:
            self._arrived.set()

    def put_back(self, records: Sequence[Record]) -> None:
        """Return the last records of a batch to the heads of their queues."""
        for record in reversed(records):
            self._queues.setdefault(TopicPartition(record.topic, record.partition), deque()).appendleft(
                record
            )
            self._bytes += _size(record)
            self.count += 1
        self._arrived.set()

    async def wait(self, count: int, linger_seconds: float) -> None:
        """Until there is a record, and then until there are `count` or the first has lingered so long."""
        while not self.count:
            self._arrived.clear()
            await self._arrived.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._waiting_since + linger_seconds - monotonic()):
                while self.count < count and not self.is_full:
                    self._arrived.clear()
                    await self._arrived.wait()

    async def wait_for_room(self, seconds: float) -> None:
        """Until there is room again, but no longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.has_room:
                    self._left.clear()
                    await self._left.wait()

    async def wait_for_take(self, seconds: float) -> None:
        """Until records are taken, but no longer than that."""
        self._left.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._left.wait()

    def take(self, count: int) -> list[Record]:
        """At most `count` records and about 4 MB, an equal share of each partition, each in its order.

        Another partition comes first each time, so that also takes of a single record reach all of them.
        """
        taken: list[Record] = []
        size = 0
        if self._queues:
            first = next(iter(self._queues))
            self._queues[first] = self._queues.pop(first)
        waiting = [queue for queue in self._queues.values() if queue]
        while waiting and len(taken) < count and size < BATCH_BYTES_MAX:
            share = max(1, (count - len(taken)) // len(waiting))
            for queue in waiting:
                for _ in range(min(share, len(queue), count - len(taken))):
                    if size >= BATCH_BYTES_MAX:
                        break
                    record = queue.popleft()
                    taken.append(record)
                    size += _size(record)
            waiting = [queue for queue in waiting if queue]
        self._bytes -= size
        self.count -= len(taken)
        self._left.set()
        return taken

    def clear(self) -> None:
        self._queues.clear()
        self._bytes = self.count = 0
        self._left.set()


def _size(record: Record) -> int:
    # What a record costs beside its bytes is about 200.
    headers = sum(len(value or b"") for _, value in record.headers) if record.headers else 0
    return len(record.value or b"") + len(record.key or b"") + headers + 200

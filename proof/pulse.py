"""A reader who follows the deliveries through all faults, and so knows when they went on."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any
from uuid import uuid4

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from proof.verify.reading import KafkaReader

CONSUME_MAX = 500
CONSUME_SECONDS = 0.05
POLL_SECONDS = 0.02
Spot = tuple[str, int, int]


class Pulse:
    def __init__(
        self, servers: str, topics: Sequence[str], partition_of: Callable[[str], int | None]
    ) -> None:
        settings: dict[str, Any] = {
            "bootstrap.servers": servers,
            "group.id": f"proof-{uuid4()}",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "log_level": 0,
        }
        self._consumer = Consumer(settings)
        partitions = KafkaReader(servers).partitions(topics)
        self._consumer.assign([TopicPartition(tp.topic, tp.partition, OFFSET_BEGINNING) for tp in partitions])
        self._partition_of = partition_of
        self._is_stopping = False
        self.seen: set[Spot] = set()
        self.last_at = monotonic()
        """When the last delivery came, by the monotonic clock."""
        self._latest: dict[int, int] = {}
        """The highest number of a request whose delivery came, by the trigger's partition."""

    async def follow(self) -> None:
        """Until `stop` is called."""
        try:
            while not self._is_stopping:
                self._note(await asyncio.to_thread(self._consumer.consume, CONSUME_MAX, CONSUME_SECONDS))
        finally:
            await asyncio.to_thread(self._consumer.close)

    def stop(self) -> None:
        self._is_stopping = True

    async def delivered_since(self, number: int, partitions: int, seconds: float) -> bool:
        """Wait until triggers with that or a later number were delivered, of so many partitions.

        False: not within that time.
        """
        deadline = monotonic() + seconds
        while sum(latest >= number for latest in self._latest.values()) < partitions:
            if monotonic() > deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    def _note(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if message.error() is None:
                self.seen.add((message.topic() or "", message.partition() or 0, message.offset() or 0))
                self._count(orjson.loads(message.value() or b""))
                self.last_at = monotonic()

    def _count(self, delivery: dict[str, str]) -> None:
        number = int(delivery["requestId"].rpartition("-")[2])
        partition = self._partition_of(delivery["requestId"])
        if partition is not None:
            self._latest[partition] = max(number, self._latest.get(partition, 0))

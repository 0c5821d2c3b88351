"""Sends the mix at its rate, by librdkafka, and keeps what it sent."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from time import monotonic

from confluent_kafka import KafkaError, Message, Producer

from proof.workload.mix import Mix
from proof.workload.request import NUMBER_HEADER, Request

TICK_SECONDS = 0.05
WAITING_MAX = 20_000
"""While Kafka is away this many wait at most; then the mix waits too."""
FLUSH_SECONDS = 120.0


class UnsentError(Exception):
    """Kafka did not take a trigger for good: the proof cannot go on."""


class Sender:
    def __init__(self, servers: str, topic: str, mix: Mix, rate: float) -> None:
        self._topic = topic
        self._mix = mix
        self._rate = rate
        self.requests: list[Request] = []
        self._partitions: dict[str | None, set[int]] = defaultdict(set)
        """By request id."""
        self._failure: KafkaError | None = None
        self._producer = Producer(
            {
                "bootstrap.servers": servers,
                "enable.idempotence": True,
                # Until Kafka is back, however long that takes.
                "message.timeout.ms": 0,
                "linger.ms": 5,
                "log_level": 0,
            }
        )

    async def run(self, is_over: Callable[[], bool]) -> None:
        """Send until then, at an even pace; what could not be sent in time is made up for."""
        started = monotonic()
        while not is_over():
            self._send(int((monotonic() - started) * self._rate) - len(self.requests))
            await asyncio.sleep(TICK_SECONDS)

    async def flush(self) -> None:
        """Wait until Kafka has everything. Raises UnsentError."""
        left = await asyncio.to_thread(self._producer.flush, FLUSH_SECONDS)
        self._check()
        if left:
            raise UnsentError(f"Kafka did not take {left} triggers within {FLUSH_SECONDS:.0f} s.")

    def partition_of(self, request_id: str) -> int | None:
        """Where it was sent to; None when it was also sent to another: either may be executed."""
        partitions = self._partitions[request_id]
        return next(iter(partitions)) if len(partitions) == 1 else None

    def _send(self, due: int) -> None:
        for _ in range(min(due, WAITING_MAX - len(self._producer))):
            request = self._mix.next()
            self.requests.append(request)
            self._partitions[request.request_id].add(request.partition)
            self._producer.produce(
                self._topic,
                value=request.value,
                key=request.key,
                partition=request.partition,
                headers=[(NUMBER_HEADER, str(request.number).encode())],
                on_delivery=self._on_delivery,
            )
        self._producer.poll(0)
        self._check()

    def _on_delivery(self, error: KafkaError | None, _message: Message) -> None:
        self._failure = self._failure or error

    def _check(self) -> None:
        if self._failure:
            raise UnsentError(f"Kafka refuses a trigger: {self._failure}.")

"""Sends triggers evenly and reads their deliveries, and notes when: both on this process's clock."""
# confluent_kafka is typed in part only.
# mypy: allow-untyped-calls

from collections.abc import Iterator
from threading import Event, Thread
from time import monotonic, perf_counter, sleep
from typing import Self

import orjson
from confluent_kafka import Consumer, Producer, TopicPartition

from bench.environment import ANSWER_SECONDS, DELIVERIES, Environment
from bench.processes import Processes

READY_SECONDS = 60.0
SETTLE_SECONDS = 15.0
LOOK_SECONDS = 0.02


class RoundTrips:
    """When each trigger was sent and its delivery read, in seconds, by its number; 0 for not yet."""

    def __init__(self, environment: Environment) -> None:
        workload = environment.workload
        self._environment = environment
        self._sent, self._read = [0.0] * workload.triggers, [0.0] * workload.triggers
        self._delivered = [number for number in range(workload.triggers) if workload.flaw(number) is None]
        self._stop = Event()
        self._reading = Thread(target=self._take)
        self._consumer = Consumer(
            {
                "bootstrap.servers": environment.servers.kafka,
                "group.id": f"{environment.prefix}reader",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "log_level": 0,
            }
        )
        # Not lingering, so that a trigger's way to the broker is as short as can be.
        self._producer = Producer(
            {
                "bootstrap.servers": environment.servers.kafka,
                "partitioner": "murmur2_random",
                "linger.ms": 0,
                "log_level": 0,
            }
        )

    def __enter__(self) -> Self:
        topic = f"{self._environment.prefix}{DELIVERIES}"
        self._consumer.assign(
            [TopicPartition(topic, number, 0) for number in range(self._environment.partitions)]
        )
        self._reading.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._reading.join()
        self._consumer.close()

    def send(self, first: int, end: int, rate: int) -> None:
        """The triggers from `first` to before `end`, one by one, whatever becomes of them."""
        began = perf_counter()
        for number, (key, value) in self._records(first, end):
            due = began + (number - first) / rate
            while (now := perf_counter()) < due:
                sleep(min(0.001, due - now))
            self._sent[number] = perf_counter()
            self._producer.produce(self._environment.triggers, value, key)
            self._producer.poll(0)
        self._producer.flush(ANSWER_SECONDS)

    def await_first(self, processes: Processes) -> None:
        """Wait for the first delivery: then the engine is there. Raises BenchError."""
        self._await(self._delivered[:1], READY_SECONDS, processes)

    def settle(self, processes: Processes) -> None:
        """Wait for all that was sent, for a while. Raises BenchError when the engine has ended."""
        self._await([number for number in self._delivered if self._sent[number]], SETTLE_SECONDS, processes)

    def milliseconds(self, first: int) -> list[float]:
        """From sent to read, of the triggers from `first` on."""
        return [
            (self._read[number] - self._sent[number]) * 1000
            for number in self._delivered
            if number >= first and self._read[number]
        ]

    def missing(self) -> int:
        return sum(not self._read[number] for number in self._delivered)

    def _await(self, numbers: list[int], seconds: float, processes: Processes) -> None:
        deadline = monotonic() + seconds
        while not all(self._read[number] for number in numbers) and monotonic() < deadline:
            processes.check()
            sleep(LOOK_SECONDS)

    def _records(self, first: int, end: int) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
        if first == 0:
            self._source = enumerate(self._environment.workload.records())
        for _ in range(first, end):
            yield next(self._source)

    def _take(self) -> None:
        while not self._stop.is_set():
            message = self._consumer.poll(0.1)
            if message is not None and message.error() is None:
                at = perf_counter()
                self._read[_number(message.value() or b"")] = at


def _number(value: bytes) -> int:
    return int(orjson.loads(value)["requestId"].removeprefix("bench-"))

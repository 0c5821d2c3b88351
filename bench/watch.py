"""Looks at a contender until it has committed every trigger."""
# confluent_kafka is typed in part only.
# mypy: allow-untyped-calls

from collections.abc import Iterator
from contextlib import closing
from time import monotonic, sleep

from confluent_kafka import Consumer, KafkaException, TopicPartition

from bench.environment import ANSWER_SECONDS, BenchError, Environment
from bench.processes import Processes
from bench.usage import Usage
from bench.window import Sample

LOOK_SECONDS = 0.05
SILENCE_SECONDS = 90.0
"""One that commits nothing for so long has failed."""


def watch(processes: Processes, environment: Environment) -> list[Sample]:
    """What was seen until the end. Raises BenchError."""
    with closing(Watcher(processes, environment)) as watcher:
        return list(_watch(processes, environment.workload.triggers, watcher))


def _watch(processes: Processes, triggers: int, watcher: "Watcher") -> Iterator[Sample]:
    seen_at, seen = monotonic(), 0
    while seen < triggers:
        processes.check()
        if monotonic() - seen_at > SILENCE_SECONDS:
            raise BenchError(f"it committed nothing for {SILENCE_SECONDS:.0f} s after {seen} triggers")
        sample = watcher.look()
        if sample.committed > seen:
            seen_at, seen = monotonic(), sample.committed
        yield sample
        sleep(LOOK_SECONDS)


class Watcher:
    def __init__(self, processes: Processes, environment: Environment) -> None:
        # Asks for the group's offsets without being a member. Not as an AdminClient: confluent-kafka 2.16
        # crashes when that asks before the group has a coordinator.
        self._asking = Consumer(
            {
                "bootstrap.servers": environment.servers.kafka,
                "group.id": environment.group,
                # Read committed, it would wait for transactions that are open.
                "isolation.level": "read_uncommitted",
                "log_level": 0,
            }
        )
        self._partitions = [
            TopicPartition(environment.triggers, number) for number in range(environment.partitions)
        ]
        self._usage = Usage(processes.pids)
        self._broker = Usage(environment.servers.broker_pids)
        self._postgres = Usage(environment.servers.postgres_pids)

    def look(self) -> Sample:
        committed = self._committed()
        return Sample(
            monotonic(),
            committed,
            self._usage.cpu_seconds(),
            self._broker.cpu_seconds(),
            self._postgres.cpu_seconds(),
            self._usage.rss_bytes(),
        )

    def close(self) -> None:
        self._asking.close()

    def _committed(self) -> int:
        try:
            found = self._asking.committed(self._partitions, ANSWER_SECONDS)
        except KafkaException:
            return 0  # no coordinator yet
        return sum(max(0, partition.offset) for partition in found)

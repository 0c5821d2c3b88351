"""The environment of one contender: its topics, filled, and for the engine an installation like a user's."""
# confluent_kafka is typed in part only.
# mypy: allow-untyped-calls

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # it is public

from bench.servers import Servers
from bench.workload import Workload

ANSWER_SECONDS = 60.0
DELIVERIES, DEAD_LETTERS, EXECUTIONS = "deliveries.email", "dead-letters", "executions"


class BenchError(Exception):
    """The benchmark cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Environment:
    servers: Servers
    prefix: str
    """Of its topics."""
    workload: Workload
    partitions: int = 12

    @property
    def triggers(self) -> str:
        lane = self.workload.lane
        return f"{self.prefix}triggers" if lane == "unitary" else f"{self.prefix}triggers.{lane}"

    @property
    def group(self) -> str:
        return f"{self.prefix}{self.workload.lane}"

    def variables(self, more: Mapping[str, str]) -> dict[str, str]:
        """The settings of the engine's commands."""
        ours = {
            "CLARION_KAFKA_BOOTSTRAP_SERVERS": self.servers.kafka,
            "CLARION_DATABASE_URL": self.servers.database,
            "CLARION_TOPIC_PREFIX": self.prefix,
            "CLARION_TOPIC_PARTITIONS": str(self.partitions),
            "CLARION_HTTP_HOST": "127.0.0.1",
            "CLARION_HTTP_PORT": "0",
        }
        return {**os.environ, **ours, **more}


@contextmanager
def prepared(
    servers: Servers, prefix: str, workload: Workload, partitions: int = 12
) -> Iterator[Environment]:
    """A environment whose topics are removed in the end."""
    admin = AdminClient({"bootstrap.servers": servers.kafka, "log_level": 0})
    try:
        yield Environment(servers, prefix, workload, partitions)
    finally:
        _clear(admin, prefix)


def create_topics(environment: Environment) -> None:
    """Those of a peer: the engine makes its own."""
    admin = AdminClient({"bootstrap.servers": environment.servers.kafka, "log_level": 0})
    names = [environment.triggers, f"{environment.prefix}{DELIVERIES}", f"{environment.prefix}{DEAD_LETTERS}"]
    for made in admin.create_topics([NewTopic(name, environment.partitions, 1) for name in names]).values():
        made.result(ANSWER_SECONDS)


def load(environment: Environment) -> None:
    """Put all triggers on their topic. Raises BenchError."""
    producer = Producer(
        {
            "bootstrap.servers": environment.servers.kafka,
            "partitioner": "murmur2_random",  # where every other client would put the key
            "linger.ms": 50,
            "batch.size": 500_000,
            "queue.buffering.max.messages": environment.workload.triggers + 1,
            "queue.buffering.max.kbytes": 2_000_000,
            "log_level": 0,
        }
    )
    for key, value in environment.workload.records():
        producer.produce(environment.triggers, value, key)
    if left := producer.flush(ANSWER_SECONDS):
        raise BenchError(f"Kafka did not take the triggers: {left} are left.")


def _clear(admin: AdminClient, prefix: str) -> None:
    ours = [topic for topic in admin.list_topics(timeout=ANSWER_SECONDS).topics if topic.startswith(prefix)]
    for deleted in admin.delete_topics(ours).values() if ours else ():
        deleted.result(ANSWER_SECONDS)

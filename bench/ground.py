"""Where one contender runs: its topics, filled, and for the engine an installation like a user's."""
# confluent_kafka is typed in part only.
# mypy: allow-untyped-calls

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # it is public

from bench.servers import Servers
from bench.workload import CONFIGURATIONS, NAMES, PEOPLE, Audience, Workload, campaign

ANSWER_SECONDS = 60.0
DELIVERIES, DEAD_LETTERS, EXECUTIONS = "deliveries.email", "dead-letters", "executions"


class BenchError(Exception):
    """The benchmark cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Ground:
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

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
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

    def clarion(self, *arguments: str) -> None:
        """Run one of the engine's commands. Raises BenchError."""
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "consumer.cli", *arguments],
            env=self.environment({}),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchError(f"clarion {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def ground(
    servers: Servers, prefix: str, workload: Workload, partitions: int = 12, *, is_installed: bool
) -> Iterator[Ground]:
    """Make the topics and fill them; all is removed in the end."""
    place = Ground(servers, prefix, workload, partitions)
    admin = AdminClient({"bootstrap.servers": servers.kafka, "log_level": 0})
    try:
        if is_installed:
            _install(place)
        else:
            _create(admin, [f"{prefix}{name}" for name in ("triggers", DELIVERIES, DEAD_LETTERS)], partitions)
        _load(place)
        yield place
    finally:
        _clear(admin, prefix)


def _create(admin: AdminClient, topics: Sequence[str], partitions: int) -> None:
    for made in admin.create_topics([NewTopic(topic, partitions, 1) for topic in topics]).values():
        made.result(ANSWER_SECONDS)


def _clear(admin: AdminClient, prefix: str) -> None:
    ours = [topic for topic in admin.list_topics(timeout=ANSWER_SECONDS).topics if topic.startswith(prefix)]
    for deleted in admin.delete_topics(ours).values() if ours else ():
        deleted.result(ANSWER_SECONDS)


def _load(place: Ground) -> None:
    producer = Producer(
        {
            "bootstrap.servers": place.servers.kafka,
            "partitioner": "murmur2_random",  # where every other client would put the key
            "linger.ms": 50,
            "batch.size": 500_000,
            "queue.buffering.max.messages": place.workload.triggers + 1,
            "queue.buffering.max.kbytes": 2_000_000,
            "log_level": 0,
        }
    )
    for key, value in place.workload.records():
        producer.produce(place.triggers, value, key)
    if left := producer.flush(ANSWER_SECONDS):
        raise BenchError(f"Kafka did not take the triggers: {left} are left.")


def _install(place: Ground) -> None:
    place.clarion("migrate")
    place.clarion("topics", "create")
    with tempfile.TemporaryDirectory(prefix="clarion-bench-") as folder:
        # JSON is YAML too.
        for verb, document in (("channels", CONFIGURATIONS), ("campaigns", campaign(place.workload.lane))):
            file = Path(folder, f"{verb}.yaml")
            file.write_bytes(orjson.dumps(document))
            place.clarion(verb, "apply", str(file), *(["--activate"] if verb == "campaigns" else []))
    # The same triggers are executed once more in each run: only without claims are they new.
    place.servers.sql("TRUNCATE claims")
    if place.workload.audience is Audience.STORED:
        fill_profiles(place.servers, PEOPLE)


def fill_profiles(servers: Servers, count: int) -> None:
    """Store a profile for each of the workload's people, unless they are there already."""
    servers.sql(
        """
        WITH people AS (
            SELECT gen_random_uuid() AS id, n, ($2::text[])[n % cardinality($2::text[]) + 1] AS name
            FROM generate_series((SELECT count(*) FROM profiles), $1::bigint - 1) AS n
        ), stored AS (
            INSERT INTO profiles (id, attributes)
            SELECT id, jsonb_set('{"person": {"name": {}}}', '{person,name,firstName}', to_jsonb(name))
            FROM people
        )
        INSERT INTO identities (namespace, value, profile_id)
        SELECT 'email', 'person-' || lpad(n::text, 6, '0') || '@example.com', id FROM people
        """,
        count,
        list(NAMES),
    )
    servers.sql("VACUUM ANALYZE profiles, identities")

"""An independent count: librdkafka reads what is committed, and shares no code with the engine."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError as AiokafkaError
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    TopicPartition,
)

from tests.installation import Installation, Json

READ_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Census:
    deliveries: list[Json]
    executions: list[Json]
    profiles: list[Json]
    dead_letters: list[Json]
    """The original values."""

    def assert_exactly_once(self, triggers: Collection[Json], rejected: Collection[Json] = ()) -> None:
        """Each trigger has one execution, a new profile, and one delivery, or one dead letter if rejected."""
        failed = {trigger["requestId"] for trigger in rejected}
        executed = {trigger["requestId"] for trigger in triggers}
        people = {trigger["recipients"][0]["userId"] for trigger in triggers}
        assert _counted(self.executions, "requestId") == dict.fromkeys(executed, 1)
        assert _counted(self.deliveries, "requestId") == dict.fromkeys(executed - failed, 1)
        assert _counted(self.dead_letters, "requestId") == dict.fromkeys(failed, 1)
        assert _counted(self.profiles, "userId") == dict.fromkeys(people, 1)


def _counted(values: list[Json], field: str) -> dict[str, int]:
    return dict(Counter(value[field] for value in values))


async def take_census(installation: Installation) -> Census:
    """What there is once no transaction is open any more."""
    servers, topics = installation.settings.kafka_bootstrap_servers or "", installation.topics
    names = [f"{topics.prefix}deliveries.email", topics.executions, topics.profiles_created]
    read = [
        await asyncio.to_thread(lambda: list(_values(servers, name)))  # noqa: B023 - called at once
        for name in [*names, topics.dead_letters]
    ]
    return Census(*read)


async def executed_at_least(installation: Installation, count: int) -> bool:
    """By the offsets that the group has committed: whether so many triggers are done."""
    settings = installation.settings
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers or "")
    try:
        await admin.start()
        offsets = await admin.list_consumer_group_offsets(settings.group_for("unitary"))
    except AiokafkaError:
        return False  # the broker is only just there again
    finally:
        await admin.close()
    done: int = sum(max(0, position.offset) for position in offsets.values())
    return done >= count


def _values(servers: str, topic: str) -> Iterator[Json]:
    with _consumer(servers, "read_uncommitted") as consumer:
        # Beyond whatever an open transaction still holds back.
        ends = {
            partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), READ_SECONDS)[1]
            for partition in consumer.list_topics(topic, timeout=READ_SECONDS).topics[topic].partitions
        }
    with _consumer(servers, "read_committed") as consumer:
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in ends])
        while ends:
            message = consumer.poll(READ_SECONDS)
            assert message is not None, "the broker does not answer, or a transaction stays open"
            error, partition, offset = message.error(), message.partition(), message.offset()
            if error is None:
                yield orjson.loads(message.value() or b"null")
            elif error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - its only name
                raise AssertionError(error)
            elif partition in ends and offset is not None and offset >= ends[partition]:
                del ends[partition]


@contextmanager
def _consumer(servers: str, isolation_level: str) -> Iterator[Consumer]:
    settings: dict[str, Any] = {
        "bootstrap.servers": servers,
        "group.id": f"census-{uuid4()}",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": isolation_level,
    }
    consumer = Consumer(settings)
    try:
        yield consumer
    finally:
        consumer.close()

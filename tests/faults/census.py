"""An independent count: librdkafka reads what is committed, and shares no code with the engine."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
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
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

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
        await asyncio.to_thread(lambda: [orjson.loads(message.value()) for message in _read(servers, name)])  # noqa: B023
        for name in [*names, topics.dead_letters]
    ]
    return Census(*read)


async def executed_at_least(installation: Installation, count: int) -> bool:
    """By the offsets that the group has committed: whether so many triggers are done."""
    settings = installation.settings
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
    try:
        await admin.start()
        offsets = await admin.list_consumer_group_offsets(settings.group_for("unitary"))
    except AiokafkaError:
        return False  # the broker is only just there again
    finally:
        await admin.close()
    return sum(max(0, position.offset) for position in offsets.values()) >= count


def _read(servers: str, topic: str) -> Iterator[Message]:
    settings: dict[str, Any] = {
        "bootstrap.servers": servers,
        "group.id": f"census-{uuid4()}",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
    }
    consumer = Consumer(settings)
    try:
        ends = _ends(servers, consumer, topic)
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in ends])
        while ends:
            message = consumer.poll(READ_SECONDS)
            assert message is not None, "the broker does not answer, or a transaction stays open"
            error = message.error()
            if error is None:
                yield message
            elif error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - its only name
                raise AssertionError(error)
            elif message.offset() >= ends.get(message.partition(), 0):
                ends.pop(message.partition(), None)
    finally:
        consumer.close()


def _ends(servers: str, consumer: Consumer, topic: str) -> dict[int, int]:
    """The partitions' ends, beyond whatever a transaction still holds back."""
    partitions = consumer.list_topics(topic, timeout=READ_SECONDS).topics[topic].partitions
    admin = AdminClient({"bootstrap.servers": servers})
    asked = admin.list_offsets({TopicPartition(topic, number): OffsetSpec.latest() for number in partitions})
    return {partition.partition: future.result(READ_SECONDS).offset for partition, future in asked.items()}

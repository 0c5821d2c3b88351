"""An independent count: librdkafka reads what is committed, and shares no code with the engine."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from tests.installation import Installation, Json

READ_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Census:
    deliveries: list[Json]
    executions: list[Json]
    profiles: list[Json]
    dead_letters: list[Json]
    """The original values."""

    def assert_exactly_once(self, triggers: list[Json], *, rejected: list[Json] = []) -> None:  # noqa: B006
        """Each trigger executed once, with one delivery to a new profile, or one dead letter if rejected."""
        failed = {trigger["requestId"] for trigger in rejected}
        delivered = [trigger["requestId"] for trigger in triggers if trigger["requestId"] not in failed]
        people = {trigger["recipients"][0]["userId"] for trigger in triggers}
        assert _counted(self.executions, "requestId") == dict.fromkeys(delivered + list(failed), 1)
        assert _counted(self.deliveries, "requestId") == dict.fromkeys(delivered, 1)
        assert _counted(self.dead_letters, "requestId") == dict.fromkeys(failed, 1)
        assert _counted(self.profiles, "userId") == dict.fromkeys(people, 1)


def _counted(values: list[Json], field: str) -> dict[str, int]:
    return dict(Counter(value[field] for value in values))


async def take_census(installation: Installation) -> Census:
    topics = installation.topics
    names = [f"{topics.prefix}deliveries.email", topics.executions, topics.profiles_created]
    read = [await committed_values(installation, name) for name in [*names, topics.dead_letters]]
    return Census(*read)


async def committed_values(installation: Installation, topic: str) -> list[Json]:
    """All committed values of a topic, each partition's in its order."""
    servers = installation.settings.kafka_bootstrap_servers
    return await asyncio.to_thread(lambda: [orjson.loads(m.value()) for m in _messages(servers, topic)])


async def executed_at_least(installation: Installation, count: int) -> bool:
    return len(await committed_values(installation, installation.topics.executions)) >= count


def _messages(servers: str | None, topic: str) -> Iterator[Message]:
    settings: dict[str, Any] = {
        "bootstrap.servers": servers,
        "group.id": f"census-{uuid4()}",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
    }
    consumer = Consumer(settings)
    try:
        partitions = consumer.list_topics(topic, timeout=READ_SECONDS).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        unread = set(partitions)
        while unread:
            message = consumer.poll(READ_SECONDS)
            assert message is not None, "the broker does not answer"
            error = message.error()
            if error is None:
                yield message
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name, in this library
                unread.discard(message.partition())
            else:
                raise AssertionError(error)
    finally:
        consumer.close()

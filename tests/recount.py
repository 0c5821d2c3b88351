"""What the projections should be, by librdkafka and plain Python: shares no code with the projector."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from tests.installation import Installation, Json

Tables = dict[str, Any]


async def recount(installation: Installation) -> Tables:
    """Executions, letters, resolutions and counts, as the topics have them now."""
    topics = installation.topics
    servers = installation.settings.kafka_bootstrap_servers or ""
    executions, letters, resolutions = [
        await asyncio.to_thread(_committed, servers, topic)
        for topic in (topics.executions, topics.dead_letters, topics.resolutions)
    ]
    said = dict(_resolutions(resolutions))
    values = [(_place(message), orjson.loads(message.value() or b"")) for message in executions]
    return {
        "executions": sorted(_execution(place, value) for place, value in values),
        "dead_letters": sorted(_letter(message, said) for message in letters if message.headers()),
        "resolutions": sorted((letter, *resolution) for letter, resolution in said.items()),
        "counts": Counter(key for _, value in values for key in _counted(value)),
    }


async def tables(database_url: str) -> Tables:
    """The same, as the projector wrote it."""
    connection = await asyncpg.connect(database_url)
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=orjson.dumps, decoder=orjson.loads)
    try:
        executions, letters, resolutions, counts = [
            await connection.fetch(f"SELECT * FROM {table}")  # noqa: S608
            for table in ("executions", "dead_letters", "resolutions", "outcome_counts")
        ]
    finally:
        await connection.close()
    return {
        "executions": sorted(
            (
                (row["partition"], row["record_offset"]),
                str(row["execution_id"]),
                row["request_id"],
                row["attempt"],
                (row["source_topic"], row["source_partition"], row["source_offset"]),
                row["executed_at"],
                orjson.dumps(row["outcomes"], option=orjson.OPT_SORT_KEYS),
            )
            for row in executions
        ),
        "dead_letters": sorted(
            (
                (row["partition"], row["record_offset"]),
                row["reason"],
                row["campaign_id"],
                row["request_id"],
                row["attempt"],
                row["failed_at_text"],
                row["failed_at"],
                row["origin_offset"],
                row["value_bytes"],
                row["is_open"],
            )
            for row in letters
        ),
        "resolutions": sorted(
            (
                (row["letter_partition"], row["letter_offset"]),
                row["failed_at"],
                row["action"],
                row["operator"],
            )
            for row in resolutions
        ),
        "counts": Counter(
            {
                tuple(row[name] for name in ("campaign_id", "minute", "channel", "outcome", "reason")): row[
                    "count"
                ]
                for row in counts
            }
        ),
    }


def _committed(servers: str, topic: str) -> list[Message]:
    settings: dict[str, Any] = {
        "bootstrap.servers": servers,
        "group.id": f"recount-{uuid4()}",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
    }
    consumer = Consumer(settings)
    try:
        unread = set(consumer.list_topics(topic, timeout=10).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in unread])
        messages = []
        while unread:
            message = consumer.poll(10)
            assert message is not None, "the broker does not answer"
            if (error := message.error()) is None:
                messages.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its only name
                unread.discard(message.partition())
        return messages
    finally:
        consumer.close()


def _place(message: Message) -> tuple[int, int]:
    return message.partition() or 0, message.offset() or 0


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _execution(place: tuple[int, int], value: Json) -> tuple[Any, ...]:
    source = value["source"]
    return (
        place,
        value["executionId"],
        value["requestId"],
        value["attempt"],
        (source["topic"], source["partition"], source["offset"]),
        _moment(value["executedAt"]),
        orjson.dumps(value["outcomes"], option=orjson.OPT_SORT_KEYS),
    )


def _counted(value: Json) -> Iterator[tuple[Any, ...]]:
    minute = _moment(value["executedAt"]).replace(second=0, microsecond=0)
    for outcome in value["outcomes"]:
        told = (outcome.get("channel", ""), outcome["outcome"], outcome.get("reason", ""))
        yield value["campaignId"], minute, *told


def _letter(message: Message, said: dict[tuple[int, int], tuple[Any, ...]]) -> tuple[Any, ...]:
    found: dict[str, Any] = dict(message.headers() or [])
    headers = {name: value.decode() for name, value in found.items()}
    failed_at = _moment(headers["clarion.failed-at"])
    resolution = said.get(_place(message))
    return (
        _place(message),
        headers["clarion.reason"],
        headers.get("clarion.campaign-id"),
        headers.get("clarion.request-id"),
        int(headers["clarion.attempt"]),
        headers["clarion.failed-at"],
        failed_at,
        int(headers["clarion.origin.offset"]),
        len(message.value() or b""),
        resolution is None or resolution[0] != failed_at,
    )


def _resolutions(messages: list[Message]) -> Iterator[tuple[tuple[int, int], tuple[Any, ...]]]:
    for message in messages:
        key, value = message.key(), orjson.loads(message.value() or b"")
        assert isinstance(key, bytes)
        partition, _, offset = key.decode().partition(":")
        said = (_moment(value["failedAt"]), value["action"], value["operator"])
        yield (int(partition), int(offset)), said

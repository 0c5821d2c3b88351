"""Putting triggers on a lane's topic."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from consumer.kafka.errors import TopicMissingError
from consumer.kafka.topics import REQUEST_BYTES_MAX
from schemas.json import JsonObject
from schemas.trigger import Trigger, read_trigger


async def send_triggers(options: Mapping[str, Any], topic: str, values: Sequence[bytes]) -> list[JsonObject]:
    """Where each lies now, and the ids it can be asked for by. Raises TopicMissingError and KafkaError."""
    producer = AIOKafkaProducer(
        **options, enable_idempotence=True, max_request_size=REQUEST_BYTES_MAX, linger_ms=5
    )
    async with producer:
        if topic not in (await producer.client.fetch_all_metadata()).topics():
            raise TopicMissingError(topic)
        reads = [read_trigger(value) for value in values]
        sending = [
            await producer.send(topic, value, key=_key(read))
            for value, read in zip(values, reads, strict=True)
        ]
        placed = [await sent for sent in sending]
    return [
        {
            "requestId": read.request_id,
            "executionId": read.execution_id if isinstance(read, Trigger) else None,
            "at": f"{place.topic}:{place.partition}:{place.offset}",
        }
        for read, place in zip(reads, placed, strict=True)
    ]


def _key(read: object) -> bytes | None:
    """The recipient, so that one person's triggers keep their order."""
    return read.recipients[0].name.encode() if isinstance(read, Trigger) else None

"""Putting triggers on a lane's topic."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import ClusterAuthorizationFailedError

from consumer.kafka.access import check_access
from consumer.kafka.connecting import connect
from consumer.kafka.errors import RightsMissingError, TopicMissingError, TopicsMissingError
from consumer.kafka.producing import IDEMPOTENT_OPTIONS
from consumer.kafka.record import place_of
from consumer.kafka.rights import writing
from schemas.json import JsonObject
from schemas.trigger import Trigger, read_trigger


async def send_triggers(options: Mapping[str, Any], topic: str, values: Sequence[bytes]) -> list[JsonObject]:
    """Where each lies now, and the ids it can be asked for by. Raises TopicMissingError, KafkaError."""
    producer = AIOKafkaProducer(**options, **IDEMPOTENT_OPTIONS, linger_ms=5)
    try:
        await connect(producer, options)
        await _check_topic(producer, topic)
        reads = [read_trigger(value) for value in values]
        sending = [
            await producer.send(topic, value, key=_key(read))
            for value, read in zip(values, reads, strict=True)
        ]
        acknowledged = [await sent for sent in sending]
    except ClusterAuthorizationFailedError:
        # An idempotent producer is let in by the right to write to any topic (KIP-679): it has none.
        raise RightsMissingError(writing(topic)) from None
    finally:
        await producer.stop()
    return [
        {
            "requestId": read.request_id,
            "executionId": read.execution_id if isinstance(read, Trigger) else None,
            "at": str(place_of(sent)),
        }
        for read, sent in zip(reads, acknowledged, strict=True)
    ]


async def _check_topic(producer: AIOKafkaProducer, topic: str) -> None:
    try:
        await check_access(producer, writing(topic))
    except TopicsMissingError:
        raise TopicMissingError(topic) from None


def _key(read: object) -> bytes | None:
    """The recipient, so that one person's triggers keep their order."""
    return read.recipients[0].name.encode() if isinstance(read, Trigger) else None

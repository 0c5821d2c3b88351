"""Producing a few records outside the consumer's transactions."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from consumer.kafka.access import check_access
from consumer.kafka.connecting import connect
from consumer.kafka.record import Outgoing
from consumer.kafka.rights import writing
from consumer.kafka.topics import REQUEST_BYTES_MAX


async def produce(options: Mapping[str, Any], outgoing: Sequence[Outgoing]) -> None:
    """Returns when Kafka has all of them. Raises TopicsMissingError, KafkaError."""
    if not outgoing:
        return
    producer = AIOKafkaProducer(**options, enable_idempotence=True, max_request_size=REQUEST_BYTES_MAX)
    try:
        await connect(producer, options)
        await check_access(producer, writing(*dict.fromkeys(each.topic for each in outgoing)))
        sending = [
            await producer.send(each.topic, each.value, key=each.key, headers=each.headers)
            for each in outgoing
        ]
        for sent in sending:
            await sent
    finally:
        await producer.stop()

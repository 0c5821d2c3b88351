"""Producers as Clarion makes them, and records put into batches before they are sent."""
# mypy: allow-untyped-calls

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from aiokafka.structs import TopicPartition

from consumer.kafka.fencing import FencedProducer
from consumer.kafka.topics import REQUEST_BYTES_MAX

BATCH_BYTES: Final = 512 * 1024
"""Records of one partition are sent in batches of about this size; a larger record goes by itself."""
SAFE_OPTIONS: Final[Mapping[str, Any]] = {"acks": "all", "max_request_size": REQUEST_BYTES_MAX}
"""Every in-sync replica has what is acknowledged, and a request holds the largest record there is."""
IDEMPOTENT_OPTIONS: Final[Mapping[str, Any]] = {**SAFE_OPTIONS, "enable_idempotence": True}


class Producible(Protocol):
    @property
    def key(self) -> bytes | None: ...

    @property
    def value(self) -> bytes | None: ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


def transactional_producer(
    options: Mapping[str, Any], transactional_id: str, transaction_timeout_ms: int
) -> FencedProducer:
    """Not started. `options` are those of config/kafka.py, with what producers need besides."""
    return FencedProducer(
        **options,
        **SAFE_OPTIONS,
        transactional_id=transactional_id,
        transaction_timeout_ms=transaction_timeout_ms,
        max_batch_size=BATCH_BYTES,
        # Short: between two transactions the coordinator asks to retry for a millisecond or two.
        retry_backoff_ms=5,
    )


async def send_in_batches(
    producer: FencedProducer,
    partition: TopicPartition,
    records: Iterable[Producible],
    bytes_max: int = BATCH_BYTES,
) -> list[asyncio.Future[Any]]:
    """Hand the records over; each batch's future shows whether Kafka has it.

    `bytes_max` is what the topic takes. Prepared batches cost half of what send() does for each record, and
    may hold a record that has neither key nor value.
    """
    return [
        await producer.send_batch(batch, partition.topic, partition=partition.partition)
        for batch in _batches(producer, records, bytes_max)
    ]


def _batches(producer: FencedProducer, records: Iterable[Producible], bytes_max: int) -> Iterator[Any]:
    batch = producer.new_batch(bytes_max)
    for record in records:
        key, value, headers = record.key, record.value, record.headers
        if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
            yield batch
            batch = producer.new_batch(bytes_max)
            batch.append(timestamp=None, key=key, value=value, headers=headers)
    yield batch

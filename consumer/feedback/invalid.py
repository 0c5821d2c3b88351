"""Records of the feedback topic that are no feedback, set aside with the reason in headers."""
# mypy: allow-untyped-calls

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from consumer.kafka.access import check_access
from consumer.kafka.connecting import connect
from consumer.kafka.record import Record
from consumer.kafka.rights import writing
from consumer.kafka.topics import REQUEST_BYTES_MAX
from schemas import dead_letter as names
from schemas.delivery import timestamp
from schemas.detail import bounded


class InvalidFeedback:
    """Writes to `feedback.invalid`.

    A record is written before the offset that passes it over is stored: after a crash it can be there twice,
    with the same origin, and is never lost.
    """

    def __init__(self, options: Mapping[str, Any], compression: str | None, topic: str) -> None:
        self._options = options
        self._compression = compression
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connected for as long as the block runs. Raises RightsMissingError, TopicsMissingError."""
        producer = AIOKafkaProducer(
            **self._options,
            acks="all",
            enable_idempotence=True,
            max_request_size=REQUEST_BYTES_MAX,
            compression_type=self._compression,
        )
        try:
            await connect(producer, self._options)
            await check_access(producer, writing(self._topic))
            self._producer = producer
            yield
        finally:
            self._producer = None
            await producer.stop()

    async def write(self, records: Sequence[tuple[Record, str, str]]) -> None:
        """Records with reason and detail; returns when Kafka has them."""
        assert self._producer is not None
        failed_at = timestamp(datetime.now(UTC))
        sent = [
            await self._producer.send(
                self._topic, record.value, key=record.key, headers=_headers(record, reason, detail, failed_at)
            )
            for record, reason, detail in records
        ]
        for each in sent:
            await each


def _headers(record: Record, reason: str, detail: str, failed_at: str) -> list[tuple[str, bytes]]:
    own = {
        names.REASON: reason,
        names.DETAIL: bounded(detail),
        names.ORIGIN_TOPIC: record.topic,
        names.ORIGIN_PARTITION: str(record.partition),
        names.ORIGIN_OFFSET: str(record.offset),
        names.ORIGIN_TIMESTAMP: str(record.timestamp),
        names.FAILED_AT: failed_at,
    }
    kept = [(name, value) for name, value in record.headers if not name.startswith(names.PREFIX)]
    return [*kept, *((name, text.encode()) for name, text in own.items())]

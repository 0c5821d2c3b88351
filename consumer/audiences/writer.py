"""Puts pages on the audience lane's topic, and says when the brokers have them."""
# mypy: allow-untyped-calls

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from consumer.kafka.connecting import connect
from consumer.kafka.record import Headers
from consumer.kafka.topics import REQUEST_BYTES_MAX

_BATCH_BYTES: Final = 256 * 1024
_ANSWER_SECONDS: Final = 20.0
_STOP_SECONDS: Final = 3.0


class PageWriter:
    """Keeps an idempotent producer, and another after a fault.

    No transaction: whether a page is executed is settled when it begins, and records of an open transaction
    would hold up the lane's consumers for as long as a killed process leaves it open.
    """

    def __init__(self, options: Mapping[str, Any], producer_options: Mapping[str, Any], topic: str) -> None:
        self._options = options
        self._producer_options = producer_options
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None

    async def write(self, records: Iterable[tuple[bytes, bytes, Headers]]) -> None:
        """Return when all in-sync replicas have all of them. Raises KafkaError, TimeoutError.

        Then some may be there: writing them again does no harm.
        """
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                producer = self._producer or await self._start()
                sent: list[asyncio.Future[object]] = [
                    await producer.send(self._topic, value, key=key, headers=headers)
                    for key, value, headers in records
                ]
                # All are looked at, else asyncio logs the errors of the others as lost.
                await asyncio.wait(sent)
                await asyncio.gather(*sent)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(_STOP_SECONDS):
                    await producer.stop()

    async def _start(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._options,
            **self._producer_options,
            acks="all",
            enable_idempotence=True,
            max_request_size=REQUEST_BYTES_MAX,
            max_batch_size=_BATCH_BYTES,
        )
        try:
            await connect(producer, self._options)
        except BaseException:
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(_STOP_SECONDS):
                    await producer.stop()
            raise
        self._producer = producer
        return producer

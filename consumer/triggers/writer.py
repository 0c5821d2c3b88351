"""Producers that live as long as their process, and report of each record whether Kafka has it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    KafkaError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
)

from consumer.backoff import Backoff
from consumer.kafka.access import check_access
from consumer.kafka.connecting import connect
from consumer.kafka.producing import IDEMPOTENT_OPTIONS
from consumer.kafka.rights import Right, triggering_rights
from consumer.kafka.topics import Topics
from consumer.monitoring.health import Health
from consumer.triggers.expiry import Expiry

log = structlog.get_logger()

ACKNOWLEDGED_SECONDS: Final = 8.0
"""How long a caller waits for Kafka."""
_REQUEST_TIMEOUT_MS: Final = 8_000
"""Also how long a caller waits for a place in the producer's buffer."""
_STOP_SECONDS: Final = 5.0

_FATAL: Final = (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
)
"""After these a producer writes nothing more, and another takes its place."""


class NotWrittenError(Exception):
    """Kafka has not acknowledged the record; whether it has it is not known. Sending it again is safe."""


class RecordWriter:
    def __init__(
        self,
        options: Mapping[str, Any],
        producer_options: Mapping[str, Any],
        rights: Sequence[Right],
        health: Health,
        component: str = "Kafka",
    ) -> None:
        """`options` are those of config/kafka.py, `producer_options` what producers need besides.

        `component` is what the writer is called in `health` and in the log.
        While there is no connection, or one of the `rights` is missing, nothing is written.
        """
        self._options = options
        self._producer_options = producer_options
        self._rights = rights
        self._health = health
        self._component = component
        self._producer: AIOKafkaProducer | None = None
        self._has_failed = asyncio.Event()
        self._in_flight = 0
        self._expiry = Expiry(ACKNOWLEDGED_SECONDS)
        health.missing(component, "Kafka is not connected yet")

    @property
    def in_flight(self) -> int:
        """Records that are neither acknowledged nor given up, whether or not a caller still waits."""
        return self._in_flight

    async def write_to(
        self, topic: str, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        """Return when all in-sync replicas have it. Raises NotWrittenError."""
        if self._producer is None:
            raise NotWrittenError
        try:
            sent = await self._producer.send(topic, value, key=key, headers=list(headers))
        except KafkaError as error:
            self._note(error)
            raise NotWrittenError from None
        # A record cannot be taken back from the producer, so it is in flight for as long as it is there.
        self._in_flight += 1
        acknowledged: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        sent.add_done_callback(partial(self._note_end, acknowledged))
        self._expiry.watch(acknowledged)
        if not await acknowledged:
            raise NotWrittenError

    def _note_end(self, acknowledged: "asyncio.Future[bool]", sent: "asyncio.Future[object]") -> None:
        self._in_flight -= 1
        error = None if sent.cancelled() else sent.exception()
        if error:
            self._note(error)
        if not acknowledged.done():
            acknowledged.set_result(error is None and not sent.cancelled())

    def _note(self, error: BaseException) -> None:
        if isinstance(error, _FATAL):
            self._has_failed.set()
        log.warning("record not written", cause=type(error).__name__)

    async def run(self) -> None:
        """Keep a producer until cancelled. Kafka being away is waited for."""
        backoff = Backoff()
        while True:
            producer = AIOKafkaProducer(
                **self._options,
                **self._producer_options,
                **IDEMPOTENT_OPTIONS,
                request_timeout_ms=_REQUEST_TIMEOUT_MS,
            )
            try:
                await connect(producer, self._options)
                await check_access(producer, self._rights)
                backoff.reset()
                await self._serve(producer)
            except Exception as error:  # noqa: BLE001 - a person can fix whatever it is meanwhile
                self._health.lost(self._component, str(error) or repr(error))
            finally:
                self._producer = None
                await _stop(producer)
            await asyncio.sleep(backoff.next_seconds())

    async def _serve(self, producer: AIOKafkaProducer) -> None:
        """Until the producer has failed."""
        self._has_failed.clear()
        self._producer = producer
        self._health.present(self._component)
        probing = asyncio.create_task(
            self._health.probe(self._component, lambda: check_access(producer, self._rights))
        )
        try:
            await self._has_failed.wait()
            self._health.missing(self._component, "the producer is replaced")
        finally:
            probing.cancel()
            await asyncio.wait({probing})


class TriggerWriter(RecordWriter):
    def __init__(
        self, options: Mapping[str, Any], producer_options: Mapping[str, Any], topics: Topics, health: Health
    ) -> None:
        super().__init__(options, producer_options, triggering_rights(topics), health)
        self._topics = topics

    async def write(
        self, lane: str, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        """As `write_to`, on the lane's topic."""
        await self.write_to(self._topics.triggers(lane), key, value, headers)


async def _stop(producer: AIOKafkaProducer) -> None:
    # It would wait for as long as the broker is away.
    with suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(_STOP_SECONDS):
            await producer.stop()

"""Polling a consumer again and again, and what keeps it from reading."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from consumer.backoff import Backoff
from consumer.kafka.fencing import check_fetching
from consumer.kafka.record import Record
from consumer.kafka.stopped import StoppedPartitions

log = structlog.get_logger()

POLL_MS: Final = 200
UNREADY_SECONDS: Final = 3.0
"""How long polls may fail before the process is not ready."""
FAILING_SECONDS_MAX: Final = 15.0
"""A consumer that fails longer than this is replaced; a broker that is away is no failure to the client."""
WELL_SECONDS: Final = 3.0
"""How long polls must succeed again: between two failures one can return without records."""


class PollFailures:
    """Why polls fail, for as long as they do: also of one consumer after the other."""

    def __init__(self) -> None:
        self._cause: str | None = None
        self._since = 0.0
        self._well_since: float | None = None

    def failed(self, cause: str) -> None:
        """Each cause is logged once while it lasts."""
        if self._cause is None:
            self._since = monotonic()
        if cause != self._cause:
            log.warning("polling failed", cause=cause)
        self._cause, self._well_since = cause, None

    def succeeded(self) -> None:
        if self._cause is None:
            return
        now = monotonic()
        self._well_since = self._well_since or now
        if now - self._well_since > WELL_SECONDS:
            log.info("polling works again", after_seconds=round(self._well_since - self._since, 1))
            self._cause = None

    def not_ready_because(self) -> list[str]:
        """The cause, if they have failed for some seconds."""
        if self._cause is None or monotonic() - self._since < UNREADY_SECONDS:
            return []
        return [f"polling Kafka fails: {self._cause}"]


class Polling:
    def __init__(
        self, consumer: AIOKafkaConsumer, failures: PollFailures, count_failure: Callable[[], None]
    ) -> None:
        self._consumer = consumer
        self._failures = failures
        self._count_failure = count_failure
        self._stopped = StoppedPartitions(consumer)
        self._backoff = Backoff()
        self._failing_since: float | None = None

    async def poll(self) -> Mapping[TopicPartition, Sequence[Record]]:
        """What was fetched, by partition; nothing after a while without any, or after a failure.

        Raises KafkaError when it goes on failing, as it does once a task of the client has ended by an error:
        such a consumer keeps its partitions and never reads them.
        """
        fetched: Mapping[TopicPartition, Sequence[Record]]
        try:
            check_fetching(self._consumer)
            fetched = await self._consumer.getmany(timeout_ms=POLL_MS)
        except KafkaError as error:
            await self._rest_after(error)
            return {}
        self._stopped.look()
        self._failures.succeeded()
        if fetched:
            self._failing_since = None
            self._backoff.reset()
        return fetched

    def not_ready_because(self) -> list[str]:
        """Why not everything is read; nothing when it is."""
        return [*self._stopped.sentences(), *self._failures.not_ready_because()]

    async def _rest_after(self, error: KafkaError) -> None:
        self._count_failure()
        self._failures.failed(str(error) or type(error).__name__)
        now = monotonic()
        self._failing_since = self._failing_since or now
        if now - self._failing_since > FAILING_SECONDS_MAX:
            raise error
        await asyncio.sleep(self._backoff.next_seconds())

"""The feedback process put together: `clarion feedback`."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Final

from config.kafka import kafka_client_options
from config.settings import Settings
from consumer.feedback.guards import apply_guards
from consumer.feedback.invalid import InvalidFeedback
from consumer.feedback.rows import read_rows
from consumer.feedback.write import write_feedback
from consumer.following.metrics import FollowingMetrics, MetricNames
from consumer.following.process import FollowingProcess
from consumer.following.tables import FollowedTables, Skipped
from consumer.kafka.reader import Extent
from consumer.kafka.record import Partition, Record
from consumer.kafka.topics import Topics
from consumer.store import ability
from consumer.store.database import Database, DedicatedConnection
from consumer.store.deliveries import expire_deliveries
from consumer.store.feedback_events import FOLLOWED, empty_feedback
from consumer.store.offsets import Move, following
from schemas.channel import Channel

METRIC_NAMES: Final = MetricNames(
    read="clarion_feedback_records",
    skipped="clarion_feedback_invalid_records",
    missed="clarion_feedback_missed_records",
    active="clarion_feedback_active",
    lag="clarion_feedback_lag_records",
)
_EXPIRE_STEP: Final = 1_000


class FeedbackProcess(FollowingProcess):
    """The feedback process of one installation, made from settings."""

    def __init__(self, settings: Settings) -> None:
        tables = FeedbackTables(settings)
        super().__init__(settings, tables, FollowingMetrics(tables.topics, METRIC_NAMES))


class FeedbackTables(FollowedTables):
    process = "feedback"
    made_by = "The tables of feedback"
    work = "feedback"
    command = "clarion feedback --rebuild"
    offsets = FOLLOWED
    ability = ability.FEEDBACK

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topics = Topics(settings.topic_prefix)
        self.topics = feedback_topics(self._topics)
        compression = None if settings.compression == "none" else settings.compression
        self._invalid = InvalidFeedback(
            kafka_client_options(settings), compression, self._topics.feedback_invalid
        )

    def opened(self) -> AbstractAsyncContextManager[None]:
        return self._invalid.opened()

    async def write(
        self, connection: DedicatedConnection, records: Sequence[Record], moves: Mapping[Partition, Move]
    ) -> Sequence[Skipped]:
        rows = read_rows(records, self._topics, self._settings.phone_region)
        await self._invalid.write([(record, error.reason, str(error)) for record, error in rows.invalid])
        reported = await write_feedback(connection, rows, moves, self._settings.soft_bounce_limit)
        if reported:
            await apply_guards(connection, reported)
        return [*((record, str(error)) for record, error in rows.invalid), *rows.foreign]

    async def set_aside(self, record: Record, cause: str) -> None:
        if record.topic == self._topics.feedback:
            await self._invalid.write([(record, "internal_error", cause)])

    async def forget(self, connection: DedicatedConnection, partition: Partition) -> None:
        """Nothing depends on an offset: what is read again is known by its ids."""

    async def keep_house(self, connection: DedicatedConnection, extents: Mapping[Partition, Extent]) -> bool:  # noqa: ARG002 - rows stay longer than their records
        before = datetime.now(UTC) - self._settings.feedback_retention
        # In case the process ended between the feedback and its consequence.
        await apply_guards(connection, None)
        async with following(connection):
            return bool(await expire_deliveries(connection, before, _EXPIRE_STEP))

    async def empty(self, database: Database) -> None:
        await empty_feedback(database)


def feedback_topics(topics: Topics) -> tuple[str, ...]:
    """Feedback, and the deliveries that it is about."""
    return topics.feedback, *(topics.deliveries(channel) for channel in Channel)

"""The projector put together: `clarion project`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from config.settings import Settings
from consumer.following.metrics import FollowingMetrics, MetricNames
from consumer.following.process import FollowingProcess
from consumer.following.tables import FollowedTables, Skipped
from consumer.kafka.reader import Extent, projected_topics
from consumer.kafka.record import Partition, Record
from consumer.kafka.topics import Topics
from consumer.projector.outcome_reports import count_for_reports
from consumer.projector.retention import Retention
from consumer.projector.rows import read_rows
from consumer.rules.person import PersonHashes
from consumer.store.ability import PROJECTING
from consumer.store.database import Database, DedicatedConnection
from consumer.store.offsets import Move, following
from consumer.store.projections import PROJECTED, empty_projections, write_batch

METRIC_NAMES: Final = MetricNames(
    read="clarion_projected_records",
    skipped="clarion_projector_skipped_records",
    missed="clarion_projector_missed_records",
    active="clarion_projector_active",
    lag="clarion_projection_lag_records",
)


class Projector(FollowingProcess):
    """The projector of one installation, made from settings."""

    def __init__(self, settings: Settings) -> None:
        tables = Projections(Topics(settings.topic_prefix), person_hashes(settings))
        super().__init__(settings, tables, FollowingMetrics(tables.topics, METRIC_NAMES))


def person_hashes(settings: Settings) -> PersonHashes | None:
    """None without a secret key: then executions are not found by person."""
    keys = settings.signing_keys
    return PersonHashes(keys, settings.phone_region) if keys else None


class Projections(FollowedTables):
    process = "projector"
    made_by = "The projections"
    work = "projection"
    command = "clarion project --rebuild"
    offsets = PROJECTED
    ability = PROJECTING

    def __init__(self, topics: Topics, people: PersonHashes | None) -> None:
        self._topics = topics
        self._people = people
        self.topics = projected_topics(topics, by_person=people is not None)

    @property
    def known_topics(self) -> Sequence[str]:
        return projected_topics(self._topics, by_person=True)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        yield

    async def write(
        self, connection: DedicatedConnection, records: Sequence[Record], moves: Mapping[Partition, Move]
    ) -> Sequence[Skipped]:
        rows = read_rows(records, self._topics, self._people)
        async with following(connection):
            await write_batch(connection, rows.batch(moves))
            await count_for_reports(connection, rows.executions)
        return rows.foreign

    async def set_aside(self, record: Record, cause: str) -> None:
        """It stays on its topic, and the log names its place."""

    async def forget(self, connection: DedicatedConnection, partition: Partition) -> None:
        await Retention(connection, self._topics).forget(partition)

    async def keep_house(self, connection: DedicatedConnection, extents: Mapping[Partition, Extent]) -> bool:
        return await Retention(connection, self._topics).expire_step(extents)

    async def empty(self, database: Database) -> None:
        await empty_projections(database)

"""What operations work with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from config.settings import Settings
from consumer.campaigns.registry import Registry
from consumer.kafka.cluster import Cluster
from consumer.replay.background import BackgroundReplays
from consumer.store.database import Database
from consumer.triggers.writer import RecordWriter


@asynccontextmanager
async def serving(
    settings: Settings, database: Database, registry: Registry, feedback: RecordWriter
) -> "AsyncIterator[Services]":
    """The services, on a database that is closed at the end."""
    cluster = Cluster.of(settings)
    async with database:
        replays = BackgroundReplays(cluster, database)
        try:
            yield Services(settings, database, cluster, registry, replays, feedback)
        finally:
            await replays.close()


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    """A pool of the API's own: what it asks must not keep triggers waiting."""
    cluster: Cluster
    registry: Registry
    replays: BackgroundReplays
    feedback: RecordWriter

    def now(self) -> datetime:
        return datetime.now(UTC)

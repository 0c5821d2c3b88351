"""What operations work with."""

from dataclasses import dataclass
from datetime import UTC, datetime

from config.settings import Settings
from consumer.campaigns.registry import Registry
from consumer.kafka.cluster import Cluster
from consumer.store.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    """A pool of the API's own: what it asks must not keep triggers waiting."""
    cluster: Cluster
    registry: Registry

    def now(self) -> datetime:
        return datetime.now(UTC)

"""What operations work with."""

from dataclasses import dataclass

from config.settings import Settings
from consumer.kafka.cluster import Cluster
from consumer.store.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    """A pool of the API's own: what it asks must not keep triggers waiting."""
    cluster: Cluster

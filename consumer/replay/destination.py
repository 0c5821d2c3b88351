"""The topics that a replay writes to: whether they are there, and what they take."""
# mypy: allow-untyped-calls

import asyncio
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from consumer.kafka.access import check_access
from consumer.kafka.cluster import ANSWER_SECONDS, Cluster
from consumer.kafka.errors import TopicsMissingError
from consumer.kafka.partitioner import partitions_for
from consumer.kafka.rights import writing_back

_MAX_BYTES = "max.message.bytes"


@dataclass(frozen=True, slots=True)
class Destination:
    topic: str
    partitions: int
    batch_bytes_max: int
    """A record counts with the batch around it."""

    def partition_for(self, key: bytes | None) -> int:
        """Where any other client would put the key; the first for a record without one."""
        return partitions_for([key], self.partitions)[0] if key is not None else 0


class Destinations:
    """Each topic is looked up once."""

    def __init__(self, cluster: Cluster, admin: AIOKafkaAdminClient) -> None:
        self._cluster = cluster
        self._admin = admin
        self._known: dict[str, Destination | None] = {}

    async def find(self, topic: str) -> Destination | None:
        """None if there is no such topic. Raises RightsMissingError."""
        if topic not in self._known:
            with self._cluster.answering(f"looking for topic {topic}"):
                async with asyncio.timeout(ANSWER_SECONDS):
                    self._known[topic] = await self._ask(topic)
        return self._known[topic]

    async def _ask(self, topic: str) -> Destination | None:
        # Before it is described: asked for by name alone, a broker could create it.
        try:
            await check_access(self._admin, writing_back(topic))
        except TopicsMissingError:
            return None
        [described] = await self._admin.describe_topics([topic])
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, {_MAX_BYTES: None})
        response: Any
        [response] = await self._admin.describe_configs([resource])
        limits = {name: int(value) for found in response.resources for name, value, *_ in found[4]}
        return Destination(topic, len(described["partitions"]), limits[_MAX_BYTES])

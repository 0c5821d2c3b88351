"""Where a projector goes on: the stored offsets against what the topics hold."""

from collections.abc import Mapping

import structlog

from consumer.kafka.reader import Extent, projected_topics
from consumer.kafka.record import Partition
from consumer.kafka.topics import Topics
from consumer.projector.metrics import ProjectorMetrics
from consumer.projector.retention import Retention
from consumer.store.database import DedicatedConnection
from consumer.store.projections import add_partition, read_offsets, remove_partition

log = structlog.get_logger()


class OtherTopicsError(Exception):
    """The tables were made from topics with another prefix."""


class Opening:
    """Settles what the stored offsets mean before anything is read."""

    def __init__(self, connection: DedicatedConnection, topics: Topics, metrics: ProjectorMetrics) -> None:
        self._connection = connection
        self._topics = topics
        self._metrics = metrics
        self._retention = Retention(connection, topics)

    async def settle(self, extents: Mapping[Partition, Extent]) -> dict[Partition, int]:
        """The stored offsets, one for each partition that there is. Raises OtherTopicsError."""
        stored = await read_offsets(self._connection)
        self._refuse_other_topics(stored)
        for partition, offset in stored.items():
            extent = extents.get(partition)
            if extent is None or offset > extent.end:
                log.warning(
                    "topic made anew or cut; what was projected of its partition is removed",
                    topic=partition[0],
                    partition=partition[1],
                    stored_offset=offset,
                    end_offset=extent.end if extent else None,
                )
                await self._retention.forget(partition)
                await remove_partition(self._connection, partition)
        offsets = await read_offsets(self._connection)
        for partition in extents.keys() - offsets.keys():
            offsets[partition] = extents[partition].begin
            await add_partition(self._connection, partition, offsets[partition])
        return offsets

    def starts(
        self, stored: Mapping[Partition, int], extents: Mapping[Partition, Extent]
    ) -> dict[Partition, int]:
        """Where to read on; records that expired before they were projected are told."""
        starts = {}
        for partition, offset in stored.items():
            begin = extents[partition].begin
            starts[partition] = max(offset, begin)
            if begin > offset:
                topic, number = partition
                self._metrics.missed(topic, begin - offset)
                log.warning(
                    "records expired before they were projected",
                    topic=topic,
                    partition=number,
                    stored_offset=offset,
                    beginning_offset=begin,
                )
        return starts

    def _refuse_other_topics(self, stored: Mapping[Partition, int]) -> None:
        if other := sorted({topic for topic, _ in stored} - set(projected_topics(self._topics))):
            raise OtherTopicsError(
                f"The projections were made from other topics ({', '.join(other)}): correct "
                "CLARION_TOPIC_PREFIX or CLARION_DATABASE_URL, or run `clarion project --rebuild`."
            )

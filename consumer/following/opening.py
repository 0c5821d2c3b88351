"""Where a process goes on: the stored offsets against what the topics hold."""

from collections.abc import Mapping

import structlog

from consumer.following.metrics import FollowingMetrics
from consumer.following.tables import FollowedTables
from consumer.kafka.reader import Extent
from consumer.kafka.record import Partition
from consumer.store.database import DedicatedConnection

log = structlog.get_logger()


class OtherTopicsError(Exception):
    """The tables were made from topics with another prefix."""


class Opening:
    """Settles what the stored offsets mean before anything is read."""

    def __init__(
        self, connection: DedicatedConnection, tables: FollowedTables, metrics: FollowingMetrics
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._metrics = metrics

    async def settle(self, extents: Mapping[Partition, Extent]) -> dict[Partition, int]:
        """The stored offsets, one for each partition that there is. Raises OtherTopicsError."""
        stored = await self._tables.offsets.read(self._connection)
        self._refuse_other_topics(stored)
        for partition, offset in stored.items():
            extent = extents.get(partition)
            if extent is None or offset > extent.end:
                log.warning(
                    "topic recreated or truncated; its partition is read from the beginning",
                    topic=partition[0],
                    partition=partition[1],
                    stored_offset=offset,
                    end_offset=extent.end if extent else None,
                )
                await self._tables.forget(self._connection, partition)
                await self._tables.offsets.remove(self._connection, partition)
        offsets = await self._tables.offsets.read(self._connection)
        for partition in extents.keys() - offsets.keys():
            offsets[partition] = extents[partition].begin
            await self._tables.offsets.add(self._connection, partition, offsets[partition])
        return offsets

    def starts(
        self, stored: Mapping[Partition, int], extents: Mapping[Partition, Extent]
    ) -> dict[Partition, int]:
        """Where to read on; records that expired before they were read are reported."""
        starts = {}
        for partition, offset in stored.items():
            begin = extents[partition].begin
            starts[partition] = max(offset, begin)
            if begin > offset:
                topic, number = partition
                self._metrics.missed(topic, begin - offset)
                log.warning(
                    "records expired before they were read",
                    topic=topic,
                    partition=number,
                    stored_offset=offset,
                    beginning_offset=begin,
                )
        return starts

    def _refuse_other_topics(self, stored: Mapping[Partition, int]) -> None:
        if other := sorted({topic for topic, _ in stored} - set(self._tables.known_topics)):
            raise OtherTopicsError(
                f"{self._tables.made_by} were made from other topics ({', '.join(other)}): correct "
                f"CLARION_TOPIC_PREFIX or CLARION_DATABASE_URL, or run `{self._tables.command}`."
            )

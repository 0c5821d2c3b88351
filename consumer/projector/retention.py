"""Rows leave with their records: what a topic no longer holds is removed, in small steps."""

from collections.abc import Mapping

from consumer.kafka.reader import Extent
from consumer.kafka.record import Partition
from consumer.kafka.topics import Topics
from consumer.store.database import DedicatedConnection
from consumer.store.dead_letters import delete_dead_letters, mark_open
from consumer.store.executions import delete_executions
from consumer.store.offsets import following
from consumer.store.people import delete_people
from consumer.store.resolutions import delete_resolutions_of_letters, delete_resolutions_of_partition

STEP = 1_000
"""Rows removed in one transaction."""


class Retention:
    def __init__(self, connection: DedicatedConnection, topics: Topics) -> None:
        self._connection = connection
        self._topics = topics

    async def expire_step(self, extents: Mapping[Partition, Extent]) -> bool:
        """Remove a step of what lies before each partition's beginning; False when there was nothing."""
        removed = 0
        for partition, extent in extents.items():
            removed += await self._remove_step(partition, extent.begin)
        async with following(self._connection):
            removed += await delete_people(self._connection, STEP)
        return removed > 0

    async def forget(self, partition: Partition) -> None:
        """Remove all that was made of a partition."""
        while await self._remove_step(partition, None):
            pass

    async def _remove_step(self, partition: Partition, below: int | None) -> int:
        if below == 0:
            return 0
        topic, number = partition
        async with following(self._connection):
            if topic == self._topics.executions:
                return await delete_executions(self._connection, number, below, STEP)
            if topic == self._topics.dead_letters:
                return await self._remove_letters(number, below)
            if topic != self._topics.resolutions:
                return 0
            # The resolutions topic is compacted: its beginning says nothing about what it holds.
            return await self._withdraw(number) if below is None else 0

    async def _remove_letters(self, partition: int, below: int | None) -> int:
        """Letters, and what was said about those that expired."""
        removed = await delete_dead_letters(self._connection, partition, below, STEP)
        if below is not None:
            removed += await delete_resolutions_of_letters(self._connection, partition, below, STEP)
        return removed

    async def _withdraw(self, partition: int) -> int:
        letters = await delete_resolutions_of_partition(self._connection, partition, STEP)
        await mark_open(self._connection, letters)
        return len(letters)

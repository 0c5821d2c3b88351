"""Waiting for one's turn: one process at a time follows the topics."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from consumer.kafka.reader import Extent
from consumer.kafka.record import Partition
from consumer.store.database import DedicatedConnection
from consumer.store.offsets import Offsets

log = structlog.get_logger()

ASK_SECONDS = 1.0


class StandBy:
    def __init__(
        self,
        connection: DedicatedConnection,
        offsets: Offsets,
        process: str,
        on_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_waiting` is called once, when another process is found at work."""
        self._connection = connection
        self._offsets = offsets
        self._process = process
        self._on_waiting = on_waiting

    async def wait(self, until: Mapping[Partition, Extent] | None = None) -> bool:
        """Become the one process; False when another has read all `until` there meanwhile."""
        is_waiting = False
        while not await self._offsets.take_over(self._connection):
            if until is not None and _is_reached(until, await self._offsets.read(self._connection)):
                return False
            if not is_waiting:
                is_waiting = True
                log.info("another process is at work; standing by to take over", process=self._process)
                self._on_waiting()
            await asyncio.sleep(ASK_SECONDS)
        return True


def _is_reached(extents: Mapping[Partition, Extent], offsets: Mapping[Partition, int]) -> bool:
    return all(offsets.get(partition, 0) >= extent.end for partition, extent in extents.items())

"""Waiting for one's turn: there is one projector at a time."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from consumer.kafka.reader import Extent
from consumer.kafka.record import Partition
from consumer.store.database import DedicatedConnection
from consumer.store.projections import read_offsets, take_over

log = structlog.get_logger()

ASK_SECONDS = 1.0


class StandBy:
    def __init__(
        self, connection: DedicatedConnection, on_waiting: Callable[[], None] = lambda: None
    ) -> None:
        self._connection = connection
        self._on_waiting = on_waiting
        """Called once, when another projector is found at work."""

    async def wait(self, until: Mapping[Partition, Extent] | None = None) -> bool:
        """Become the projector; False when another has projected all `until` there meanwhile."""
        is_waiting = False
        while not await take_over(self._connection):
            if until is not None and _is_reached(until, await read_offsets(self._connection)):
                return False
            if not is_waiting:
                is_waiting = True
                log.info("another projector is at work; standing by to take over")
                self._on_waiting()
            await asyncio.sleep(ASK_SECONDS)
        return True


def _is_reached(extents: Mapping[Partition, Extent], offsets: Mapping[Partition, int]) -> bool:
    return all(offsets.get(partition, 0) >= extent.end for partition, extent in extents.items())

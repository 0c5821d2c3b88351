"""Stores the offsets whose transactions are committed, beside the batches' way: against lost offsets."""

import asyncio

import structlog

from consumer.backoff import Backoff
from consumer.exactly_once.handler import Ownership
from consumer.monitoring.progress import Progress
from consumer.store.database import Database
from consumer.store.errors import DatabaseError
from consumer.store.partitions import acknowledge

log = structlog.get_logger()

LAST_WRITE_SECONDS = 2.0


class Acknowledger:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._ownership: Ownership | None = None
        self._offsets: dict[int, int] = {}
        self._changed = asyncio.Event()
        self._progress = Progress("storing of offsets")

    def committed(self, ownership: Ownership, offsets: dict[int, int]) -> None:
        """Note next offsets, by partition; several batches may be stored at once."""
        if ownership is not self._ownership:
            self._ownership, self._offsets = ownership, {}
        self._offsets |= offsets
        self._changed.set()

    async def run(self) -> None:
        """Store whatever is noted, until cancelled."""
        backoff = Backoff()
        while True:
            await self._changed.wait()
            try:
                await self._store()
                backoff.reset()
                self._progress.done(is_more=False)
            except DatabaseError as error:
                self._progress.hindered("database", error)
                await asyncio.sleep(backoff.next_seconds())

    async def flush(self) -> None:
        """Store what is left before a clean stop; a database that is away costs two seconds."""
        try:
            async with asyncio.timeout(LAST_WRITE_SECONDS):
                await self._store()
        except (DatabaseError, TimeoutError) as error:
            log.warning("acknowledged offsets not stored", cause=str(error))

    async def _store(self) -> None:
        self._changed.clear()
        ownership, offsets, self._offsets = self._ownership, self._offsets, {}
        if not offsets or ownership is None:
            return
        try:
            await acknowledge(self._database, ownership.group_id, ownership.topic, ownership.epochs, offsets)
        except BaseException:
            # What was noted meanwhile is further on.
            if ownership is self._ownership:
                self._offsets = offsets | self._offsets
                self._changed.set()
            raise

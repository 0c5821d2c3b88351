"""The work of the one process: read, write rows and offsets in one transaction, remove what expired."""

from collections import Counter
from collections.abc import Mapping, Sequence
from time import monotonic

import structlog

from consumer.following.metrics import FollowingMetrics
from consumer.following.opening import Opening
from consumer.following.tables import FollowedTables
from consumer.kafka.reader import Extent, TopicReader
from consumer.kafka.record import Partition, Record
from consumer.monitoring.progress import Progress
from consumer.store.database import DedicatedConnection
from consumer.store.errors import DatabaseDataError
from consumer.store.offsets import OffsetsMoved

log = structlog.get_logger()

HOUSEKEEPING_SECONDS = 30.0
"""How often it is looked for what has expired."""
LOOK_SECONDS = 1.0
"""How often the topics' ends are asked for, and whether the tables were emptied or the connection lost."""


class Follower:
    """Goes on as long as its connection, which holds the process's lock, lasts."""

    def __init__(
        self,
        connection: DedicatedConnection,
        reader: TopicReader,
        tables: FollowedTables,
        metrics: FollowingMetrics,
        progress: Progress,
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._tables = tables
        self._metrics = metrics
        self._progress = progress
        self._opening = Opening(connection, tables, metrics)
        self._extents: dict[Partition, Extent] = {}
        self._ends: dict[Partition, int] = {}
        self._stored: dict[Partition, int] = {}
        self._house_kept_at = self._looked_at = monotonic()
        self._is_expiring = False

    async def open(self) -> None:
        """Find out where to go on. Raises the errors of TopicReader.extents and Opening.settle."""
        self._extents = await self._reader.extents()
        self._ends = {partition: extent.end for partition, extent in self._extents.items()}
        self._stored = await self._opening.settle(self._extents)
        self._reader.assign(self._opening.starts(self._stored, self._extents))

    async def run(self) -> None:
        """Until cancelled, or until there are partitions that are not read yet: then open again."""
        while not self._reader.has_new_partitions():
            await self._step()
            if monotonic() - self._looked_at > LOOK_SECONDS:
                await self._look()
            if monotonic() - self._house_kept_at > HOUSEKEEPING_SECONDS:
                await self._keep_house()

    async def run_to_present(self) -> None:
        """Until all that the topics held when it was opened is read, and what expired is gone.

        Raises UnreadableBatchError when all that can be read has been, and that is not all.
        """
        while any(self._stored[partition] < extent.end for partition, extent in self._extents.items()):
            if not await self._step():
                self._reader.stopped.refuse()
        while await self._tables.keep_house(self._connection, self._extents):
            pass

    def not_ready_because(self) -> list[str]:
        """Why not everything is read; nothing when it is."""
        return self._reader.stopped.sentences()

    def lag(self) -> dict[str, int]:
        """Committed records not yet read, by topic; at most about a second old."""
        lag: Counter[str] = Counter()
        for partition, offset in self._stored.items():
            lag[partition[0]] += max(0, self._ends.get(partition, 0) - offset)
        return dict(lag)

    async def _step(self) -> int:
        """Read what comes next; returns how many records that were."""
        records = await self._reader.fetch()
        await self._write(records, await self._reader.positions())
        return len(records)

    async def _write(self, records: Sequence[Record], offsets: Mapping[Partition, int]) -> None:
        """Write the records, and that these are the next offsets."""
        moves = {p: (self._stored[p], offset) for p, offset in offsets.items() if offset != self._stored[p]}
        if not moves:
            return
        self._progress.begun()
        try:
            skipped = await self._tables.write(self._connection, records, moves)
        except DatabaseDataError as error:
            await self._write_apart(records, offsets, error)
            return
        self._stored.update(offsets)
        self._progress.done(is_more=False)
        for record, cause in skipped:
            self._skip(record, cause)
        for topic, count in Counter(record.topic for record in records).items():
            self._metrics.read(topic, count)

    async def _write_apart(
        self, records: Sequence[Record], offsets: Mapping[Partition, int], error: DatabaseDataError
    ) -> None:
        """Find the record whose data the database refuses, skip it, and let the others through."""
        if not records:
            raise error
        if len(records) == 1:
            await self._tables.set_aside(records[0], str(error))
            await self._write([], offsets)
            self._skip(records[0], str(error))
            return
        middle = len(records) // 2
        await self._write(records[:middle], _next_offsets(records[:middle]))
        await self._write(records[middle:], offsets)

    def _skip(self, record: Record, cause: str) -> None:
        self._metrics.skipped(record.topic)
        log.warning(
            "record skipped",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            cause=cause,
        )

    async def _look(self) -> None:
        if await self._tables.offsets.read(self._connection) != self._stored:
            raise OffsetsMoved("the tables were emptied")
        # Asked for, as what the client knows from its fetches is old when it cannot fetch.
        self._ends = await self._reader.ends()
        self._looked_at = monotonic()
        if not any(self.lag().values()):
            self._progress.done(is_more=False)

    async def _keep_house(self) -> None:
        """Remove one step of what expired. More follow, between batches, so that nothing waits long."""
        if not self._is_expiring:
            self._extents |= await self._reader.extents()
        self._is_expiring = await self._tables.keep_house(self._connection, self._extents)
        if not self._is_expiring:
            self._house_kept_at = monotonic()


def _next_offsets(records: Sequence[Record]) -> dict[Partition, int]:
    return {(record.topic, record.partition): record.offset + 1 for record in records}

"""The replay itself: fence, read what was resolved, read the letters, write those chosen back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from consumer.dead_letters.chosen import choosing
from consumer.kafka.cluster import Cluster
from consumer.replay.check import Checker, Order, Ready
from consumer.replay.destination import Destinations
from consumer.replay.pace import Pace
from consumer.replay.refusal import Refused, Why
from consumer.replay.report import Report
from consumer.replay.watcher import ReplayWatcher
from consumer.replay.writer import Writer, writing

_TRANSACTION_BYTES: Final = 2 * 1024 * 1024


async def preview(cluster: Cluster, order: Order, watcher: ReplayWatcher) -> Report:
    """What the replay would do. Writes nothing, and fences nobody."""
    report = Report()
    async with _checking(cluster, order, watcher) as checked:
        async for one in checked:
            if isinstance(one, Refused):
                report.note_refused(one)
            else:
                watcher.found(one)
                report.note_replayed(one.letter)
    return report


async def execute(cluster: Cluster, order: Order, watcher: ReplayWatcher) -> Report:
    """Replay what is chosen: each letter's trigger and its resolution in one transaction.

    Killed at any moment and run again, it replays no letter twice and skips none. The order is what makes it
    so: an earlier replay is fenced first, and only then the resolutions are read.
    Raises ReplayError, KafkaError.
    """
    report = Report()
    async with writing(cluster) as writer, _checking(cluster, order, watcher) as checked:
        batches = _Batches(writer, Pace(order.per_second), report)
        async for one in checked:
            if isinstance(one, Refused):
                report.note_refused(one)
            else:
                watcher.found(one)
                await batches.add(one)
        await batches.flush()
    return report


class _Batches:
    """Gathers letters for one transaction."""

    def __init__(self, writer: Writer, pace: Pace, report: Report) -> None:
        self._writer = writer
        self._pace = pace
        self._report = report
        self._batch: list[Ready] = []
        self._bytes = 0

    async def add(self, ready: Ready) -> None:
        self._batch.append(ready)
        self._bytes += ready.trigger.size + ready.resolution.size
        if len(self._batch) >= self._pace.batch or self._bytes >= _TRANSACTION_BYTES:
            await self.flush()

    async def flush(self) -> None:
        if not self._batch:
            return
        batch, self._batch, self._bytes = self._batch, [], 0
        await self._pace.wait_for(len(batch))
        await self._writer.commit(record for one in batch for record in (one.trigger, one.resolution))
        for one in batch:
            self._report.note_replayed(one.letter)


@asynccontextmanager
async def _checking(
    cluster: Cluster, order: Order, watcher: ReplayWatcher
) -> AsyncIterator[AsyncIterator[Ready | Refused]]:
    async with cluster.admin() as admin, choosing(cluster, order.choice, watcher) as chosen:
        checker = Checker(cluster.topics, Destinations(cluster, admin), order)

        async def checked() -> AsyncIterator[Ready | Refused]:
            missing = set(order.choice.at)
            async for letter, record, is_resolved in chosen:
                if not is_resolved:
                    missing.discard(letter.at)
                    yield await checker.check(letter, record)
            for at in sorted(missing):
                yield Refused(at, Why.NOT_THERE, "No unresolved dead letter that was chosen lies there.")

        yield checked()

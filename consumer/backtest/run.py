"""Reads a campaign's past triggers and has both versions decide each."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from consumer.backtest.compare import Comparison
from consumer.backtest.trial import Trial
from consumer.kafka.reader import TopicReader
from consumer.kafka.record import Partition, Record
from consumer.triggers.origin import read_origin
from schemas.trigger import Trigger, read_trigger

PAGE = 50
"""Triggers judged together: their profiles are looked up by one statement, their messages held in memory."""

Progress = Callable[[int, int], None]
"""Called with how many records were read, and of how many."""


@dataclass(slots=True)
class Report:
    comparison: Comparison = field(default_factory=Comparison)
    replays: int = 0
    """Left out: their first tries are judged."""
    is_complete: bool = True
    """False when the limit ended it."""


class Backtest:
    """Both trials must be of the campaign that it is for."""

    def __init__(self, campaign_id: str, before: Trial, after: Trial) -> None:
        self._campaign_id = campaign_id
        self._before = before
        self._after = after

    async def run(self, reader: TopicReader, since: datetime, limit: int, progress: Progress) -> Report:
        """Judge triggers since then, at most `limit`. Raises TopicsMissingError, KafkaError."""
        report = Report()
        async for records in _past(reader, since, progress):
            attempts = [(record, self._attempt(record)) for record in records]
            first_tries = [record for record, attempt in attempts if attempt == 1]
            report.replays += sum(attempt > 1 for _, attempt in attempts)
            room = limit - report.comparison.triggers
            await self._compare(first_tries[:room], report.comparison)
            if len(first_tries) > room:
                report.is_complete = False
                break
        return report

    async def _compare(self, records: Sequence[Record], comparison: Comparison) -> None:
        for topic in dict.fromkeys(record.topic for record in records):
            of_topic = [record for record in records if record.topic == topic]
            for first in range(0, len(of_topic), PAGE):
                page = of_topic[first : first + PAGE]
                before, after = await self._before.judge(page), await self._after.judge(page)
                for one, other in zip(before, after, strict=True):
                    comparison.add(one, other)

    def _attempt(self, record: Record) -> int:
        """1 for a first try; 0 for a trigger of another campaign."""
        value = record.value or b""
        # Most are other campaigns': spared from being read, unless the id could be spelled with escapes.
        if self._campaign_id.encode() not in value and b"\\" not in value:
            return 0
        read = read_trigger(value)
        if read.campaign_id != self._campaign_id:
            return 0
        return read_origin(record, read if isinstance(read, Trigger) else None).attempt


async def _past(reader: TopicReader, since: datetime, progress: Progress) -> AsyncIterator[Sequence[Record]]:
    """What came since then, up to the ends as of now; a partition's records in order."""
    extents = await reader.extents()
    starts = await reader.offsets_at(extents, since)
    ends = {partition: extents[partition].end for partition in starts}
    total = sum(ends[partition] - start for partition, start in starts.items())
    reader.assign(starts)
    position = dict(starts)
    while any(position[partition] < end for partition, end in ends.items()):
        records = await reader.fetch()
        if not records:
            reader.stopped.refuse()
        position = await reader.positions()
        yield [record for record in records if record.offset < ends[record.topic, record.partition]]
        progress(_read(starts, position, ends), total)


def _read(starts: dict[Partition, int], position: dict[Partition, int], ends: dict[Partition, int]) -> int:
    return sum(min(position[partition], ends[partition]) - start for partition, start in starts.items())

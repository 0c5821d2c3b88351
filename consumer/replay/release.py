"""Early calls, replayed when their campaign's start has come, and held messages when quiet hours end."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from consumer.backoff import Backoff
from consumer.campaigns.registry import Registry
from consumer.campaigns.state import Unexecutable
from consumer.dead_letters.choice import Choice
from consumer.dead_letters.letter import DeadLetter, read_letter
from consumer.kafka.cluster import Cluster
from consumer.kafka.errors import ReplayError
from consumer.kafka.scan import scanning
from consumer.monitoring.progress import Progress
from consumer.replay.check import Order
from consumer.replay.errors import TakenOverError
from consumer.replay.report import Report
from consumer.replay.run import execute, preview
from consumer.replay.watcher import ReplayWatcher
from consumer.rules.campaign import Campaign
from consumer.rules.decide import judge_campaign
from consumer.store.errors import DatabaseError
from schemas.reasons import Reason

log = structlog.get_logger()

_EARLY: Final = frozenset({Reason.BEFORE_START})
_HELD: Final = frozenset({Reason.QUIET_HOURS})
_COURTESY_SECONDS: Final = 60.0
"""After another replay took over: it is left alone for a while."""


class Releaser:
    """Knows what waits for which campaign or time, and from which offsets on; reads the topic only once."""

    def __init__(self, cluster: Cluster, registry: Registry, order: Order) -> None:
        self._cluster = cluster
        self._registry = registry
        self._order = order
        self._next_offsets: dict[int, int] = {}
        self._early: dict[str, dict[int, int]] = {}
        """By campaign and partition, the first offset of an early call that is not known to be resolved."""
        self._held: dict[datetime, dict[int, int]] = {}
        """The same by the time at which messages that are held are due."""

    async def release(self) -> Report:
        """Replay what is due. Nobody is fenced unless something is.

        Raises ReplayError, KafkaError, DatabaseError.
        """
        await self._read_on()
        now = datetime.now(UTC)
        report = Report()
        if early := await self._due(now):
            starts = _starts(self._early[campaign_id] for campaign_id in early)
            choice = Choice(reasons=_EARLY, campaigns=frozenset(early), starts=starts)
            report.add(await self._replay(choice))
            # What is refused now stays so until a person has done something about it.
            for campaign_id in early:
                del self._early[campaign_id]
        if ended := [release_at for release_at in self._held if release_at <= now]:
            starts = _starts(self._held[release_at] for release_at in ended)
            report.add(await self._replay(Choice(reasons=_HELD, due_by=now, starts=starts)))
            for release_at in ended:
                del self._held[release_at]
        return report

    async def _replay(self, choice: Choice) -> Report:
        order = replace(self._order, choice=choice)
        found = await preview(self._cluster, order, ReplayWatcher())
        return await execute(self._cluster, order, ReplayWatcher()) if found.replayed else found

    async def _read_on(self) -> None:
        topic = self._cluster.topics.dead_letters
        spans = await self._cluster.spans(topic)
        if any(p not in spans or offset > spans[p].end for p, offset in self._next_offsets.items()):
            log.warning("topic recreated, reading all of it", topic=topic)
            self._early.clear()
            self._held.clear()
            self._next_offsets.clear()
        spans = {p: span.cut(self._next_offsets.get(p, 0), span.end) for p, span in spans.items()}
        async with scanning(self._cluster, topic, spans) as fetches:
            async for records in fetches:
                for record in records:
                    self._note(read_letter(record))
        self._next_offsets = {partition: span.end for partition, span in spans.items()}

    def _note(self, letter: DeadLetter) -> None:
        if letter.reason == Reason.BEFORE_START and letter.campaign_id:
            self._early.setdefault(letter.campaign_id, {}).setdefault(*letter.at)
        elif letter.is_held and letter.release_at:
            self._held.setdefault(letter.release_at, {}).setdefault(*letter.at)

    async def _due(self, now: datetime) -> list[str]:
        """By the consumers' own rule, asked of the database: what is in force right now."""
        if not self._early:
            return []
        # Nothing else notifies this process of a registry that was restored, whose revisions are lower again.
        self._registry.forget()
        known = await self._registry.read_afresh(list(self._early))
        return [
            id_
            for id_, campaign in known.items()
            if not isinstance(campaign, Unexecutable)
            and isinstance(judge_campaign(id_, campaign, now), Campaign)
        ]


def _starts(waiting: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """By partition, the first offset of all of these."""
    starts: dict[int, int] = {}
    for offsets in waiting:
        for partition, offset in offsets.items():
            starts[partition] = min(offset, starts.get(partition, offset))
    return starts


async def watch(releaser: Releaser, every_seconds: float, stop: asyncio.Event) -> None:
    """Release what is due, again and again until `stop` is set. Kafka or PostgreSQL away is waited for."""
    watching = asyncio.create_task(_watch(releaser, every_seconds))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    # A commit under way is finished all the same.
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def _watch(releaser: Releaser, every_seconds: float) -> None:
    backoff, progress = Backoff(), Progress("release")
    while True:
        try:
            report = await releaser.release()
        except TakenOverError as error:
            log.info("release interrupted", cause=str(error))
            await asyncio.sleep(_COURTESY_SECONDS)
        except (ReplayError, KafkaError, DatabaseError) as error:
            progress.hindered("database" if isinstance(error, DatabaseError) else "kafka", error)
            await asyncio.sleep(backoff.next_seconds())
        else:
            backoff.reset()
            progress.done(is_more=False)
            if report.replayed or report.refused:
                log.info("released", letters=report.replayed, refused=dict(report.refusals))
            await asyncio.sleep(every_seconds)

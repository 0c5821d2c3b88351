"""Early calls, replayed when their campaign's start has come."""

import asyncio
from collections.abc import Collection
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

_COURTESY_SECONDS: Final = 60.0
"""After another replay took over: it is left alone for a while."""


class Releaser:
    """Knows which campaigns have early calls, and from which offsets on; reads the topic only once."""

    def __init__(self, cluster: Cluster, registry: Registry, order: Order) -> None:
        self._cluster = cluster
        self._registry = registry
        self._order = order
        self._next_offsets: dict[int, int] = {}
        self._early: dict[str, dict[int, int]] = {}
        """By campaign and partition, the first offset of an early call that is not known to be resolved."""

    async def release(self) -> Report:
        """Replay what is due. Nobody is fenced unless something is.

        Raises ReplayError, KafkaError, DatabaseError.
        """
        await self._read_on()
        due = await self._due(datetime.now(UTC))
        if not due:
            return Report()
        order = replace(self._order, choice=self._choice(due))
        report = await preview(self._cluster, order, ReplayWatcher())
        if report.replayed:
            report = await execute(self._cluster, order, ReplayWatcher())
        # What is refused now stays so until a person has done something about it.
        for campaign_id in due:
            del self._early[campaign_id]
        return report

    async def _read_on(self) -> None:
        topic = self._cluster.topics.dead_letters
        spans = await self._cluster.spans(topic)
        if any(p not in spans or offset > spans[p].end for p, offset in self._next_offsets.items()):
            log.warning("the topic was made anew, reading all of it", topic=topic)
            self._early.clear()
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

    async def _due(self, now: datetime) -> list[str]:
        """By the consumers' own rule, asked of the database: what is in force right now."""
        if not self._early:
            return []
        # Nothing else tells this process of a registry that was restored, whose revisions are lower again.
        self._registry.forget()
        known = await self._registry.read_afresh(list(self._early))
        return [
            id_
            for id_, campaign in known.items()
            if not isinstance(campaign, Unexecutable)
            and isinstance(judge_campaign(id_, campaign, now), Campaign)
        ]

    def _choice(self, due: Collection[str]) -> Choice:
        starts: dict[int, int] = {}
        for campaign_id in due:
            for partition, offset in self._early[campaign_id].items():
                starts[partition] = min(offset, starts.get(partition, offset))
        return Choice(reasons=frozenset({Reason.BEFORE_START}), campaigns=frozenset(due), starts=starts)


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

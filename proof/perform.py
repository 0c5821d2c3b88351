"""The proof, from its first trigger to the verdict."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import Protocol

from proof.director import Director, Event
from proof.faults import possible
from proof.plan import Plan
from proof.report import Report
from proof.stage import Stage, open_stage
from proof.verify import Evidence, Finding, Kind, gather, verify
from proof.verify.reading import KafkaReader

STILL_SECONDS = 60.0
"""Longer than any recovery: then nothing is going to happen any more."""
POLL_SECONDS = 0.5
CALM_SECONDS = 1.0


class Audience(Protocol):
    """Who is told how it goes."""

    def say(self, sentence: str) -> None: ...

    def tell(self, event: Event) -> None: ...

    def watch(self, stage: Stage) -> None:
        """Look at it from time to time, until told that it is over."""


async def perform(plan: Plan, audience: Audience) -> Report:
    """Raises ProofError, EmbeddedError, SettingsError, UnsentError when it cannot be carried out."""
    async with open_stage(plan, audience.say) as stage:
        kinds, impossible = possible(plan.faults, stage.servers)
        for kind, needs in impossible.items():
            audience.say(f"Left out: {kind}, which needs {needs}.")
        audience.watch(stage)
        started, events = monotonic(), list[Event]()
        evidence = await _follow(stage, kinds, audience, events)
        audience.say("Comparing ...")
        findings = await asyncio.to_thread(verify, stage.sender.requests, evidence)
        findings += [Finding(Kind.DIED, "processes", told) for told in stage.workers.misbehaviours()]
        return Report.of(stage, evidence, events, findings, monotonic() - started)


async def _follow(stage: Stage, kinds: Sequence[str], audience: Audience, events: list[Event]) -> Evidence:
    """Triggers and faults, then the rest of the work, then what came of it."""

    def tell(event: Event) -> None:
        events.append(event)
        audience.tell(event)

    following = asyncio.create_task(stage.pulse.follow())
    try:
        await _under_faults(stage, kinds, Director(stage, tell))
        audience.say("No more triggers; waiting until the last is executed ...")
        await _drained(stage)
        await stage.workers.leave()
        audience.say("Reading what there is ...")
        place = stage.servers.kafka.watched_at, stage.servers.postgres.watched_at
        evidence = await gather(*place, stage.settings.topic_prefix, stage.group_id)
        await _caught_up(stage)
    finally:
        stage.pulse.stop()
        await following
    return replace(evidence, followed=frozenset(stage.pulse.seen))


async def _under_faults(stage: Stage, kinds: Sequence[str], director: Director) -> None:
    """Triggers flow until the faults are over."""
    until = monotonic() + stage.plan.seconds
    directing = asyncio.create_task(director.run(until, kinds))
    sending = asyncio.create_task(stage.sender.run(directing.done))
    try:
        done, _ = await asyncio.wait({directing, sending}, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in (directing, sending):
            task.cancel()
        await asyncio.gather(directing, sending, return_exceptions=True)
    await stage.sender.flush()


async def _drained(stage: Stage) -> None:
    """Until the group is at the end of its triggers, or stands still; then the checks will say so."""
    reader = KafkaReader(stage.servers.kafka.watched_at)
    least, moved_at = None, monotonic()
    while (left := await asyncio.to_thread(_left, stage, reader)) and monotonic() - moved_at < STILL_SECONDS:
        if least is None or left < least:
            least, moved_at = left, monotonic()
        await asyncio.sleep(POLL_SECONDS)


def _left(stage: Stage, reader: KafkaReader) -> int:
    """How many triggers are not executed yet."""
    ends = reader.ends(reader.partitions([stage.triggers]), committed=False)
    committed = reader.committed(stage.group_id)
    return sum(end - max(committed.get(tp.partition, 0), 0) for tp, end in ends.items())


async def _caught_up(stage: Stage) -> None:
    """Until nothing more comes to the reader that follows."""
    count = -1
    while count < (count := len(stage.pulse.seen)):  # noqa: ASYNC110 - nobody tells the last one
        await asyncio.sleep(CALM_SECONDS)

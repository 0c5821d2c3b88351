"""The proof from its first trigger to the verdict."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from proof.director import Event, direct
from proof.plan import Plan
from proof.report import Report
from proof.stage import Say, Stage, open_stage
from proof.verify import Finding, Kind, gather, verify
from proof.verify.reading import KafkaReader

DRAIN_SECONDS = 120.0
CALM_SECONDS = 0.5
TellEvent = Callable[[Event], None]


async def perform(plan: Plan, say: Say, tell: TellEvent) -> Report:
    """Raises ProofError, EmbeddedError, UnsentError when it cannot be carried out."""
    async with open_stage(plan, say) as stage:
        events: list[Event] = []
        started = monotonic()
        following = asyncio.create_task(stage.pulse.follow())
        try:
            await _under_faults(stage, lambda event: (events.append(event), tell(event)) and None)
            say("No more triggers; waiting for the last to be executed ...")
            await _drained(stage)
            findings = await _left_alone(stage)
            say("Counting ...")
            await _caught_up(stage)
        finally:
            stage.pulse.stop()
            await following
        there = stage.servers
        evidence = await gather(
            there.kafka.watched_at, there.postgres.watched_at, stage.settings.topic_prefix, stage.group_id
        )
        evidence = replace(evidence, followed=frozenset(stage.pulse.seen))
        findings += await asyncio.to_thread(verify, stage.sender.requests, evidence)
        return Report.of(plan, stage.sender.requests, evidence, events, findings, monotonic() - started)


async def _under_faults(stage: Stage, tell: TellEvent) -> None:
    """Triggers flow as long as faults happen; whichever takes longer."""
    until = monotonic() + stage.plan.seconds
    directing = asyncio.create_task(direct(stage, until, tell))
    sending = asyncio.create_task(stage.sender.run(lambda: monotonic() > until and directing.done()))
    try:
        done, _ = await asyncio.wait({directing, sending}, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        directing.cancel()
        sending.cancel()
        await asyncio.wait({directing, sending})
    await stage.sender.flush()


async def _drained(stage: Stage) -> None:
    """Until the group is at the end of its triggers; if it never is, the checks will say so."""
    reader = KafkaReader(stage.servers.kafka.watched_at)
    deadline = monotonic() + DRAIN_SECONDS
    while monotonic() < deadline and not await asyncio.to_thread(_is_at_end, stage, reader):
        await asyncio.sleep(CALM_SECONDS)


def _is_at_end(stage: Stage, reader: KafkaReader) -> bool:
    ends = reader.ends(reader.partitions([f"{stage.settings.topic_prefix}triggers"]), committed=False)
    committed = reader.committed(stage.group_id)
    return all(max(committed.get(tp.partition, 0), 0) >= end for tp, end in ends.items())


async def _left_alone(stage: Stage) -> list[Finding]:
    """Stop the workers; those that went by themselves, or do not go as asked, are findings."""
    findings = [
        Finding(Kind.DIED, "processes", f"{worker.name} ended by itself, with {worker.exit_code}")
        for worker in stage.crew.died()
    ]
    return findings + [
        Finding(Kind.DIED, "processes", f"{name} was asked to stop and ended with {code}")
        for name, code in await stage.crew.leave()
        if code
    ]


async def _caught_up(stage: Stage) -> None:
    """Until nothing more comes to the reader that follows."""
    count = -1
    while count < (count := len(stage.pulse.seen)):
        await asyncio.sleep(2 * CALM_SECONDS)

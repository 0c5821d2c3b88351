"""Faults of the engine's processes at chosen moments, where a trap in the process itself waits for them."""

import asyncio
import signal
from time import monotonic

import psutil  # type: ignore[import-untyped]  # it ships no types

from proof.faults.processes import outlasting_seconds, some_worker
from proof.processes import Worker
from proof.stage import Stage

SPRING_SECONDS = 20.0
TAKEN_OVER_SECONDS = 60.0
POLL_SECONDS = 0.02


async def kill_at(stage: Stage) -> str:
    """SIGKILL at a moment of a batch or of a rebalance; a new process comes in its place."""
    worker, what = await _trapped(stage, signal.SIGKILL)
    await worker.kill()
    await stage.workers.fill_up(stage.plan.workers)
    return what


async def pause_at(stage: Stage) -> str:
    """SIGSTOP at such a moment until others must have taken over, then SIGCONT."""
    worker, what = await _trapped(stage, signal.SIGSTOP)
    began = monotonic()
    if stage.plan.must_fail:
        await _taken_over(stage)
    else:
        await asyncio.sleep(outlasting_seconds(stage))
    worker.signal(signal.SIGCONT)
    return f"{what} for {monotonic() - began:.0f} s"


async def _taken_over(stage: Stage) -> None:
    """Until others have for certain done what it was about to do: what they do is in their order."""
    number, partitions = len(stage.sender.requests), stage.plan.partitions
    await stage.pulse.delivered_since(number, partitions, TAKEN_OVER_SECONDS)


async def _trapped(stage: Stage, number: signal.Signals) -> tuple[Worker, str]:
    """A worker that came to its moment, or did not in good time and got the signal all the same."""
    worker, moment = some_worker(stage), stage.moments.next()
    if number == signal.SIGKILL:
        worker.condemn()
    worker.tell(f"{moment.name} {number.name} {moment.milliseconds}")
    if moment.is_in_a_rebalance:
        await stage.workers.start()
    if await _sprang(worker):
        return worker, f"{worker.name} {moment}"
    worker.signal(number)
    return worker, f"{worker.name} {moment}, which it did not come to in time; so then"


async def _sprang(worker: Worker) -> bool:
    try:
        async with asyncio.timeout(SPRING_SECONDS):
            while worker.is_running and not _is_stopped(worker):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        return False
    return True


def _is_stopped(worker: Worker) -> bool:
    try:
        return bool(psutil.Process(worker.pid).status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False

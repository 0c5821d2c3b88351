"""Faults of the engine's processes at chosen moments, where a trap in the process itself waits for them."""

import asyncio
import signal

import psutil  # type: ignore[import-untyped]  # it ships no types

from proof.faults.processes import outlasting_seconds, some_worker
from proof.processes import Worker
from proof.stage import Stage

IN_A_REBALANCE = ("revoked", "assigned", "epochs-raised")
SPRING_SECONDS = 20.0
POLL_SECONDS = 0.02


async def kill_at(stage: Stage) -> str:
    """SIGKILL at a moment of a batch or of a rebalance."""
    worker, moment, sprang = await _trapped(stage, "SIGKILL")
    await worker.kill()
    if len(stage.crew.running()) < stage.plan.workers:
        await stage.crew.start()
    return f"{worker.name} {moment}{'' if sprang else ', after which nothing came'}"


async def pause_at(stage: Stage) -> str:
    """SIGSTOP at such a moment until others must have taken over, then SIGCONT."""
    worker, moment, sprang = await _trapped(stage, "SIGSTOP")
    seconds = outlasting_seconds(stage) if sprang else 0.0
    await asyncio.sleep(seconds)
    worker.signal(signal.SIGCONT)
    return f"{worker.name} {moment} for {seconds:.0f} s"


async def _trapped(stage: Stage, name: str) -> tuple[Worker, str, bool]:
    """A worker that came to its moment, or did not in good time."""
    worker, (moment, milliseconds) = some_worker(stage), stage.moments.next()
    worker.is_condemned = name == "SIGKILL"
    worker.tell(f"{moment} {name} {milliseconds}")
    if moment in IN_A_REBALANCE:
        await stage.crew.start()
    told = f"{milliseconds} ms after {moment}" if milliseconds else f"at {moment}"
    return worker, told, await _sprang(worker)


async def _sprang(worker: Worker) -> bool:
    try:
        async with asyncio.timeout(SPRING_SECONDS):
            while worker.is_running and not _is_stopped(worker):
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        return False
    return True


def _is_stopped(worker: Worker) -> bool:
    try:
        return bool(psutil.Process(worker.pid).status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False

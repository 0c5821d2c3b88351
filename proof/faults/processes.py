"""Faults of the engine's processes that come from outside, at any moment."""

import asyncio
import signal

from proof.processes import Worker
from proof.stage import Stage

SKEW_SECONDS = (60.0, 3600.0)


def some_worker(stage: Stage) -> Worker:
    return stage.random.choice(stage.workers.running())


def outlasting_seconds(stage: Stage) -> float:
    """Longer than a session and a transaction can last."""
    timeout = max(stage.settings.session_timeout_ms, stage.settings.transaction_timeout_ms) / 1000
    return timeout * stage.random.uniform(1.1, 1.8)


async def kill(stage: Stage) -> str:
    """SIGKILL; a new process comes in its place."""
    worker = some_worker(stage)
    await worker.kill()
    await stage.workers.fill_up(stage.plan.workers)
    return worker.name


async def pause(stage: Stage) -> str:
    """SIGSTOP until others must have taken over, then SIGCONT: a zombie."""
    worker, seconds = some_worker(stage), outlasting_seconds(stage)
    worker.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    worker.signal(signal.SIGCONT)
    return f"{worker.name} for {seconds:.0f} s"


async def join(stage: Stage) -> str:
    """One more; when there are many, another leaves as it comes."""
    before = stage.workers.running()
    newcomer = await stage.workers.start()
    if len(before) > stage.plan.workers:
        await stage.random.choice(before).leave()
    return newcomer.name


async def leave(stage: Stage) -> str:
    """SIGTERM; when few are left, another comes."""
    worker = some_worker(stage)
    code = await worker.leave()
    await stage.workers.fill_up(stage.plan.workers)
    return f"{worker.name}, with {code}"


async def skew(stage: Stage) -> str:
    """One gives its place to another whose clock is wrong."""
    seconds = round(stage.random.choice((-1, 1)) * stage.random.uniform(*SKEW_SECONDS))
    await some_worker(stage).leave()
    newcomer = await stage.workers.start("--skew", str(seconds))
    return f"{newcomer.name} by {seconds} s"

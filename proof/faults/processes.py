"""Faults of the engine's processes."""

from proof.processes import Worker
from proof.stage import Stage


def some_worker(stage: Stage) -> Worker:
    return stage.random.choice(stage.crew.running())


async def kill(stage: Stage) -> str:
    """SIGKILL at a random moment; a new process comes in its place."""
    worker = some_worker(stage)
    await worker.kill()
    await stage.crew.start()
    return f"{worker.name} killed"

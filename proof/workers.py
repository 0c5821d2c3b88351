"""The processes that share the work; one that ends is replaced, as a supervisor would."""

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config.settings import Settings
from embedded.ports import free_port
from proof.processes import ProofError, Worker

READY_SECONDS = 90.0
POLL_SECONDS = 0.05


@dataclass(slots=True)
class Workers:
    settings: Settings
    folder: Path
    """For their logs."""
    arguments: tuple[str, ...] = ()
    """What each of them is given."""
    workers: list[Worker] = field(default_factory=list)
    """All there ever were."""

    async def start(self, *arguments: str) -> Worker:
        """One more; it is not ready yet."""
        name, port = f"worker-{len(self.workers) + 1}", free_port()
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "proof.worker", *self.arguments, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=self._environment(port),
                # Ctrl-C at the terminal is for the proof, which then ends them itself.
                start_new_session=True,
            )
        worker = Worker(name, process, port, log)
        self.workers.append(worker)
        return worker

    def _environment(self, port: int) -> dict[str, str]:
        fields = self.settings.model_dump(exclude_unset=True, exclude_none=True, mode="json")
        fields |= {"http_host": "127.0.0.1", "http_port": port}
        return {**os.environ, **{f"CLARION_{name.upper()}": str(value) for name, value in fields.items()}}

    async def fill_up(self, count: int) -> None:
        """Start as many as are missing of so many."""
        for _ in range(count - len(self.running())):
            await self.start()

    async def all_ready(self) -> None:
        """Wait for those that run. Raises ProofError when one does not get ready."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                for worker in self.running():
                    await _ready(worker)
        except TimeoutError:
            raise ProofError(f"Not all workers were ready within {READY_SECONDS:.0f} s.") from None

    def running(self) -> list[Worker]:
        """Those that nobody has ended, or is about to."""
        return [worker for worker in self.workers if worker.is_running and worker.fate is None]

    def misbehaviours(self) -> Iterator[str]:
        return (told for worker in self.workers if (told := worker.misbehaviour))

    async def leave(self) -> None:
        """Stop all cleanly."""
        await asyncio.gather(*(worker.leave() for worker in self.running()))

    async def close(self) -> None:
        """End whatever still runs."""
        for worker in self.workers:
            if worker.is_running:
                await worker.kill()


async def _ready(worker: Worker) -> None:
    while not await worker.is_ready():
        if not worker.is_running:
            last = "\n".join(worker.log.read_text(errors="replace").splitlines()[-10:])
            raise ProofError(f"{worker.name} ended while it started:\n{last}")
        await asyncio.sleep(POLL_SECONDS)

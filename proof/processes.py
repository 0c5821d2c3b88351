"""The engine's processes: started, told things, ended, and watched for ending by themselves."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout

from config.settings import Settings
from embedded.ports import free_port

READY_SECONDS = 60.0
LEAVE_SECONDS = 30.0
ANSWER = ClientTimeout(total=2)
POLL_SECONDS = 0.05


class ProofError(Exception):
    """The proof cannot go on; the message says why."""


class Worker:
    """One process of the engine. `python -m proof.worker` says what it can be told."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process
        self._port = port
        self.is_condemned = False
        """Set before it is ended: one that ends without is a finding."""

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    def tell(self, command: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{command}\n".encode())

    def signal(self, number: signal.Signals) -> None:
        if self.is_running:
            self._process.send_signal(number)

    async def kill(self) -> None:
        self.is_condemned = True
        self.signal(signal.SIGKILL)
        await self._process.wait()

    async def leave(self) -> int:
        """Ask for a clean stop; returns the exit code, -9 if it took too long."""
        self.is_condemned = True
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                return await self._process.wait()
        except TimeoutError:
            await self.kill()
            return -signal.SIGKILL

    async def ended(self) -> None:
        await self._process.wait()

    async def is_ready(self) -> bool:
        try:
            async with ClientSession(timeout=ANSWER) as session:
                response = await session.get(f"http://127.0.0.1:{self._port}/readyz")
                return response.status == 200  # noqa: PLR2004 - HTTP's own number
        except (ClientError, TimeoutError):
            return False


@dataclass
class Crew:
    """The processes that share the work. One that is killed is replaced at once, as a supervisor would."""

    settings: Settings
    folder: Path
    """For their logs."""
    arguments: tuple[str, ...] = ()
    workers: list[Worker] = field(default_factory=list)
    _started: int = 0

    async def start(self, *arguments: str) -> Worker:
        """One more; it is not ready yet."""
        self._started += 1
        name, port = f"worker-{self._started}", free_port()
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "proof.worker",
                *self.arguments,
                *arguments,
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

    async def all_ready(self) -> None:
        """Wait for those that run. Raises ProofError when one does not get ready."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                for worker in self.running():
                    while not await worker.is_ready():
                        if not worker.is_running:
                            raise ProofError(f"{worker.name} ended while it started; see its log.")
                        await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise ProofError(f"Not all workers were ready within {READY_SECONDS:.0f} s.") from None

    def running(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.is_running and not worker.is_condemned]

    def died(self) -> list[Worker]:
        """Those that ended though nobody ended them."""
        return [worker for worker in self.workers if not worker.is_running and not worker.is_condemned]

    async def leave(self) -> list[tuple[str, int]]:
        """Stop all cleanly; returns their exit codes."""
        workers = self.running()
        codes = await asyncio.gather(*(worker.leave() for worker in workers))
        return [(worker.name, code) for worker, code in zip(workers, codes, strict=True)]

    async def close(self) -> None:
        await _killed(worker for worker in self.workers if worker.is_running)


async def _killed(workers: Iterable[Worker]) -> None:
    for worker in workers:
        await worker.kill()

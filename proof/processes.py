"""One process of the engine: told things, ended, and watched for ending by itself."""

import asyncio
import signal
from enum import Enum
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout

LEAVE_SECONDS = 30.0
ANSWER = ClientTimeout(total=2)
OK = 200


class ProofError(Exception):
    """The proof cannot go on; the message says why."""


class Fate(Enum):
    """What we do to a process in the end; until then it must live."""

    KILLED = "killed"
    ASKED_TO_LEAVE = "asked to leave"


class Worker:
    """`python -m proof.worker`, which says what it can be told."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self.name = name
        self.log = log
        self.fate: Fate | None = None
        self._process = process
        self._port = port

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    @property
    def misbehaviour(self) -> str | None:
        """How it ended otherwise than it was to; None if it did not."""
        code = self._process.returncode
        if code is None or self.fate is Fate.KILLED:
            return None
        if self.fate is None:
            return f"{self.name} ended by itself, with {code}"
        # One that had only just been started does not know yet what the signal means, and does nothing yet.
        if code in {0, -signal.SIGTERM}:
            return None
        return f"{self.name} was asked to leave and ended with {code}"

    def tell(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n".encode())

    def signal(self, number: signal.Signals) -> None:
        if self.is_running:
            self._process.send_signal(number)

    def condemn(self) -> None:
        """Say beforehand that it is going to be killed."""
        self.fate = self.fate or Fate.KILLED

    async def kill(self) -> None:
        self.condemn()
        self.signal(signal.SIGKILL)
        await self._process.wait()

    async def leave(self) -> int:
        """Ask for a clean stop; returns the exit code, that of a kill if it took too long."""
        self.fate = self.fate or Fate.ASKED_TO_LEAVE
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                return await self._process.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)
            return await self._process.wait()

    async def is_ready(self) -> bool:
        try:
            async with ClientSession(timeout=ANSWER) as session:
                response = await session.get(f"http://127.0.0.1:{self._port}/readyz")
                return response.status == OK
        except (ClientError, TimeoutError):
            return False

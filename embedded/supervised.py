"""A temporary folder and one process in it, held by a supervisor (supervise.py) that outlives us."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from embedded.background import in_background
from embedded.errors import EmbeddedError, no_room

PROGRAM = Path(__file__).with_name("supervise.py")
POLL_SECONDS = 0.02


class Supervised:
    def __init__(self, name: str, *, inside: Path | None = None, container: str | None = None) -> None:
        options = ["--prefix", f"clarion-{name}-"]
        options += ["--inside", str(inside)] if inside else []
        options += ["--container", container] if container else []
        # By path and with -P, so that no file in the working directory or beside it stands in for a library.
        self._supervisor = subprocess.Popen(  # noqa: S603 - nothing here comes from outside
            [sys.executable, "-P", str(PROGRAM), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._turn = threading.Lock()
        self.folder = Path()

    @classmethod
    async def open(cls, name: str, *, inside: Path | None = None, container: str | None = None) -> Self:
        """Start a supervisor; EmbeddedError if its folder cannot be made."""
        supervised = cls(name, inside=inside, container=container)
        try:
            supervised.folder = Path((await in_background(supervised._receive))["folder"])
        except BaseException:
            await supervised.close()
            raise
        return supervised

    async def run(
        self,
        arguments: Sequence[str | Path],
        *,
        log: str,
        user: int | None = None,
        environment: Mapping[str, str] | None = None,
        farewell: Sequence[str] = ("SIGTERM",),
    ) -> int:
        """Start a process in the folder, its output going to the file `log` there, and return its pid."""
        answer = await self._ask(
            do="run",
            arguments=[str(argument) for argument in arguments],
            log=log,
            user=user,
            environment=dict(os.environ if environment is None else environment),
            farewell=list(farewell),
        )
        return int(answer["pid"])

    async def exit_code(self) -> int | None:
        """Return the process's exit code, or None while it runs."""
        code: int | None = (await self._ask(do="look"))["exit_code"]
        return code

    async def finished(self) -> int:
        """Wait for the process's end, and return its exit code."""
        while True:
            code = await self.exit_code()
            if code is not None:
                return code
            await asyncio.sleep(POLL_SECONDS)

    async def kill(self) -> None:
        await self._ask(do="kill")

    async def close(self) -> None:
        """End the process and remove the folder; returns when both are gone."""
        # Closing the pipe is all it takes, so a caller interrupted from here on leaves nothing either.
        if self._supervisor.stdin and not self._supervisor.stdin.closed:
            self._supervisor.stdin.close()
        await in_background(self._supervisor.wait)
        if self._supervisor.stdout:
            self._supervisor.stdout.close()

    def log_lines(self, log: str, count: int) -> list[str]:
        try:
            text = (self.folder / log).read_text(errors="replace")
        except OSError:
            return ["(no log)"]
        return text.splitlines()[-count:]

    async def _ask(self, **request: object) -> dict[str, Any]:
        return await in_background(lambda: self._exchange(request))

    def _exchange(self, request: dict[str, object]) -> dict[str, Any]:
        with self._turn:
            try:
                print(json.dumps(request), file=self._supervisor.stdin, flush=True)
            except (OSError, ValueError) as error:
                raise EmbeddedError("The embedded server was stopped; start another.") from error
            return self._receive()

    def _receive(self) -> dict[str, Any]:
        line = self._supervisor.stdout.readline() if self._supervisor.stdout else ""
        if not line:
            raise EmbeddedError("An embedded server's supervisor was ended from outside; start again.")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise no_room(answer["error"])
        return answer

"""`clarion` commands as processes of their own, on an installation."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from typing import Any

import orjson

from tests.installation import Installation


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)


async def start(installation: Installation, *arguments: str, **settings: object) -> Process:
    """The caller ends it."""
    fields = installation.settings.model_dump(exclude_unset=True, mode="json") | settings
    environment = {f"CLARION_{name.upper()}": str(value) for name, value in fields.items()}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "consumer.cli", *arguments),
        env={**os.environ, **environment},
        stdout=PIPE,
        stderr=PIPE,
    )


async def ended(process: Process) -> Ended:
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def run(installation: Installation, *arguments: str, **settings: object) -> Ended:
    """Run the command to its end."""
    return await ended(await start(installation, *arguments, **settings))


async def dead_letters(installation: Installation, *arguments: str) -> Any:
    """What `clarion dead-letters ... --json` prints; it must succeed."""
    done = await run(installation, "dead-letters", *arguments, "--json")
    assert done.code == 0, done.err
    return done.json

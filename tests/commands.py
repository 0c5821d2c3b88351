"""`clarion` commands on an installation: here, or as processes of their own."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from typing import Any

import orjson
from typer.testing import CliRunner

from cli.main import app
from tests.installation import Installation

LISTENS_TO_SIGNALS = {"project", "run", "serve"}
"""Python lets only a process's main thread."""


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)


async def run(installation: Installation, *arguments: str) -> Ended:
    """Run the command here, in a thread: a process takes seconds to start."""
    if arguments[0] in LISTENS_TO_SIGNALS:
        return await ended(await start(installation, *arguments))
    environment = environment_of(installation)
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=environment)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ended(done.exit_code, done.stdout, done.stderr)


async def dead_letters(installation: Installation, *arguments: str) -> Any:
    """What `clarion dead-letters ... --json` prints; it must succeed."""
    done = await run(installation, "dead-letters", *arguments, "--json")
    assert done.code == 0, done.err
    return done.json


async def start(installation: Installation, *arguments: str, **settings: object) -> Process:
    """A process of its own; the caller ends it."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *arguments),
        env={**os.environ, **environment_of(installation, **settings)},
        stdout=PIPE,
        stderr=PIPE,
    )


async def ended(process: Process) -> Ended:
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


def environment_of(installation: Installation, **settings: object) -> dict[str, str]:
    fields = installation.settings.model_dump(exclude_unset=True, exclude_none=True, mode="json") | settings
    if secret := installation.settings.secret_key:
        fields["secret_key"] = secret.get_secret_value()
    return {f"CLARION_{name.upper()}": str(value) for name, value in fields.items()}

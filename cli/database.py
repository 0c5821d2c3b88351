"""Commands that need the database: its connection, and refusals by the registry as sentences."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import typer

from cli.operator import acting_as_operator
from cli.output import fail
from cli.settings import require
from config.loading import load_settings
from consumer.campaigns.errors import Finding, LifecycleError
from consumer.store.database import Database

T = TypeVar("T")


def with_database(body: Callable[[Database], Awaitable[T]]) -> T:
    """Run the body with the database that CLARION_DATABASE_URL names.

    A LifecycleError ends the command in a sentence; `main` reports the others.
    """
    settings = require(load_settings(), "database_url")
    try:
        with acting_as_operator(settings):
            return asyncio.run(_with_database(settings.database_url or "", body))
    except LifecycleError as error:
        print_findings(error.findings)
        fail(str(error))


async def _with_database(url: str, body: Callable[[Database], Awaitable[T]]) -> T:
    async with await Database.connect(url) as database:
        return await body(database)


def print_findings(findings: Iterable[Finding]) -> None:
    """One line each, on stderr: they are about the file, not the result."""
    for finding in findings:
        typer.echo(finding_text(finding), err=True)


def finding_text(finding: Finding, *, with_line: bool = True) -> str:
    """`error: channels.email.content.en.html, line 3: ... [unknown_root]`."""
    place = finding.place if with_line else finding.path
    where = f"{place}: " if place else ""
    stop = "" if finding.sentence.endswith((".", "?")) else "."
    return f"{finding.severity}: {where}{finding.sentence}{stop} {finding.fix} [{finding.code}]"

"""`clarion status`: the whole installation on one screen."""

import asyncio
from dataclasses import asdict

import typer

from cli.exit_codes import FAILED
from cli.output import JsonOption, print_json, print_table
from cli.settings import require
from config.loading import load_settings
from consumer.reports.status import InstallationStatus, installation_status


def status(*, json: JsonOption = False) -> None:
    """Show whether triggers are executed, how many wait, and which dead letters are open.

    Exits with 1 when the installation cannot execute triggers.
    """
    settings = require(load_settings(), "kafka_bootstrap_servers", "database_url")
    found = asyncio.run(installation_status(settings))
    if json:
        print_json(_document(found))
    else:
        _print(found)
    if not found.is_ready:
        raise typer.Exit(FAILED)


def _document(found: InstallationStatus) -> dict[str, object]:
    letters = found.letters
    return {
        "ready": found.is_ready,
        "problems": list(found.problems),
        "notices": list(found.notices),
        "lanes": [asdict(lane) for lane in found.lanes],
        "deadLetters": letters
        and {"open": letters.open, "held": letters.held, "byReason": dict(letters.by_reason)},
    }


def _print(found: InstallationStatus) -> None:
    typer.echo("Ready: triggers are executed." if found.is_ready else "Not ready.")
    for sentence in (*found.problems, *found.notices):
        typer.echo(f"- {sentence}")
    if found.lanes:
        typer.echo("")
        columns = ("lane", "group", "processes", "lag")
        print_table(columns, [asdict(lane) for lane in found.lanes], as_json=False)
    if letters := found.letters:
        typer.echo(f"\nDead letters: {letters.open} open, {letters.held} held until their campaign starts.")
        if letters.by_reason:
            rows = [{"reason": reason, "open": count} for reason, count in letters.by_reason.items()]
            print_table(("reason", "open"), rows, as_json=False)

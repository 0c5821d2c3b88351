"""`clarion topics create`."""

import asyncio
from typing import Annotated

import typer

from cli.commands import Commands
from cli.exit_codes import FAILED
from config.loading import load_settings
from consumer.kafka.admin import create_topics, set_differences

app = Commands(help="The topics of an installation.")


@app.command()
def create(
    *,
    fix: Annotated[
        bool, typer.Option("--fix", help="Set what differs on existing topics, where it can be set.")
    ] = False,
) -> None:
    """Create the topics that do not exist yet, and warn of settings of the others that should be different.

    Exits with 1 if --fix leaves a difference that cannot be set.
    """
    settings = load_settings()
    done = asyncio.run(create_topics(settings))
    for name in done.created:
        typer.echo(f"created {name}")
    for name in done.kept:
        typer.echo(f"exists  {name}")
    if fix:
        asyncio.run(set_differences(settings, done.differences))
    for one in done.differences:
        if fix and one.can_be_set:
            typer.echo(f"set     {one.topic} {one.name}={one.wanted}")
        else:
            typer.echo(f"warning: {one}", err=True)
    if any(one.can_be_set for one in done.differences) and not fix:
        typer.echo("Run `clarion topics create --fix` to set what can be set.", err=True)
    if fix and not all(one.can_be_set for one in done.differences):
        raise typer.Exit(FAILED)

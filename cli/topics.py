"""`clarion topics create`."""

import asyncio

import typer

from config.loading import load_settings
from consumer.kafka.admin import create_topics

app = typer.Typer(no_args_is_help=True, help="The topics of an installation.")


@app.command()
def create() -> None:
    """Create the topics that do not exist yet; those that do are left as they are."""
    settings = load_settings()
    created, kept = asyncio.run(create_topics(settings))
    for name in created:
        typer.echo(f"created {name}")
    for name in kept:
        typer.echo(f"exists  {name}")

"""`clarion project`: the projector."""

import asyncio
from typing import Annotated

import typer

from cli.output import fail
from cli.settings import require
from config.loading import load_settings
from config.logging import configure_logging
from consumer.following import OtherTopicsError
from consumer.kafka.errors import TopicsMissingError
from consumer.monitoring.frame import stop_on_signals
from consumer.projector import Projector


def project(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Read to the present ends of the topics, then stop.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Empty the tables first and read the topics from the beginning.")
    ] = False,
) -> None:
    """Keep executions, dead letters and resolutions in PostgreSQL, until told to stop (SIGTERM, Ctrl-C).

    One projector works at a time; others stand by and take over. If another projector runs, --rebuild makes
    it start over.
    """
    settings = require(load_settings(), "kafka_bootstrap_servers", "database_url")
    configure_logging(settings.log_level, settings.log_format)
    try:
        is_done = asyncio.run(_until_signalled(Projector(settings), once=once, rebuild=rebuild))
    except TopicsMissingError as error:
        fail(f"Topics are {error}.")
    except OtherTopicsError as error:
        fail(str(error))
    if not is_done:
        fail("Stopped before the present ends of the topics were reached.")


async def _until_signalled(projector: Projector, *, once: bool, rebuild: bool) -> bool:
    """False when `--once` was stopped before it was done."""
    stop = stop_on_signals()
    if once:
        return await projector.run_once(stop, rebuild=rebuild)
    await projector.run(stop, rebuild=rebuild)
    return True

"""`clarion run`: the consumer."""

import asyncio
from typing import Annotated, Literal

import typer

from cli.settings import require
from config.loading import load_settings
from config.logging import configure_logging
from consumer.app import Engine
from consumer.monitoring.frame import stop_on_signals
from consumer.monitoring.garbage import collect_garbage_seldom


def run(
    lane: Annotated[
        Literal["unitary", "high-throughput", "audience"],
        typer.Option(help="The lane whose triggers to execute."),
    ] = "unitary",
) -> None:
    """Execute triggers until SIGTERM or Ctrl-C, then finish the running batch."""
    settings = require(load_settings(), "kafka_bootstrap_servers", "database_url")
    configure_logging(settings.log_level, settings.log_format)
    collect_garbage_seldom()
    asyncio.run(_until_signalled(Engine(settings, lane)))


async def _until_signalled(engine: Engine) -> None:
    await engine.run(stop_on_signals())

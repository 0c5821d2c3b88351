"""`clarion run`: the consumer."""

import asyncio
import gc
from typing import Annotated, Literal

import typer

from cli.settings import require
from config.loading import load_settings
from config.logging import configure_logging
from consumer.app import Engine
from consumer.monitoring.frame import stop_on_signals


def run(
    lane: Annotated[
        Literal["unitary", "high-throughput", "audience"],
        typer.Option(help="The lane whose triggers to execute."),
    ] = "unitary",
) -> None:
    """Execute triggers until told to stop (SIGTERM, Ctrl-C), then finish the running batch."""
    settings = require(load_settings(), "kafka_bootstrap_servers", "database_url")
    configure_logging(settings.log_level, settings.log_format)
    _collect_garbage_seldom()
    asyncio.run(_until_signalled(Engine(settings, lane)))


def _collect_garbage_seldom() -> None:
    # A batch makes some ten thousand objects that die together. To look through them and through all that was
    # imported, after every 700, took a quarter of the time of deciding a trigger.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)


async def _until_signalled(engine: Engine) -> None:
    await engine.run(stop_on_signals())

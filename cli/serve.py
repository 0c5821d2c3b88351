"""`clarion serve`: the gateway."""

import asyncio
from typing import Annotated

import typer

from cli.settings import require
from config.loading import load_settings
from config.logging import configure_logging
from consumer.monitoring.frame import stop_on_signals
from consumer.monitoring.garbage import collect_garbage_seldom
from gateway.serve import Gateway


def serve(
    host: Annotated[str, typer.Option(help="Address on which calls are answered.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Its port. 0: any that is free.")] = 8000,
    *,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Answer other machines although no API key exists.")
    ] = False,
) -> None:
    """Take triggers by HTTP until SIGTERM or Ctrl-C, then finish the calls in flight."""
    settings = require(load_settings(), "kafka_bootstrap_servers", "database_url")
    configure_logging(settings.log_level, settings.log_format)
    collect_garbage_seldom()
    asyncio.run(_until_signalled(Gateway(settings, host, port, insecure=insecure)))


async def _until_signalled(gateway: Gateway) -> None:
    await gateway.run(stop_on_signals())

"""What `clarion project` and `clarion feedback` share: they follow topics until they are stopped, or once."""

import asyncio
from collections.abc import Callable

from cli.output import fail
from cli.settings import require
from config.loading import load_settings
from config.logging import configure_logging
from config.settings import Settings
from consumer.following import FollowingProcess, OtherTopicsError
from consumer.kafka.errors import TopicsMissingError
from consumer.monitoring.frame import stop_on_signals


def follow(made: Callable[[Settings], FollowingProcess], *, once: bool, rebuild: bool) -> None:
    """End the command in a sentence when the topics cannot be followed, or were not read to their ends."""
    settings = require(load_settings(), "kafka_bootstrap_servers", "database_url")
    configure_logging(settings.log_level, settings.log_format)
    try:
        is_done = asyncio.run(_until_signalled(made(settings), once=once, rebuild=rebuild))
    except TopicsMissingError as error:
        fail(f"Topics are {error}.")
    except OtherTopicsError as error:
        fail(str(error))
    if not is_done:
        fail("Stopped before the present ends of the topics were reached.")


async def _until_signalled(process: FollowingProcess, *, once: bool, rebuild: bool) -> bool:
    """False when `--once` was stopped before it was done."""
    stop = stop_on_signals()
    if once:
        return await process.run_once(stop, rebuild=rebuild)
    await process.run(stop, rebuild=rebuild)
    return True

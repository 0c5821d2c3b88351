"""What every service does around its work: answer probes and scrapes, and end at a signal."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import CollectorRegistry

from config.settings import Settings
from consumer.monitoring.health import Health
from consumer.monitoring.http import serve


@asynccontextmanager
async def serving(
    settings: Settings, registry: CollectorRegistry, health: Health
) -> AsyncIterator[int | None]:
    """Serve health and metrics while the block runs, where the settings say; yields the port."""
    async with serve(
        settings.http_host,
        settings.http_port,
        registry,
        health.reasons,
        spare_ports=settings.spare_http_ports,
    ) as port:
        yield port


def stop_on_signals() -> asyncio.Event:
    """Set by SIGTERM and Ctrl-C, from now on."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def run_until(
    stop: asyncio.Event,
    work: Coroutine[Any, Any, None],
    stopping: Callable[[], None] = lambda: None,
    *,
    ends_itself: Callable[[], bool] = lambda: False,
) -> bool:
    """Run the work until it ends or `stop` is set: whether it ended; raises what it raises.

    `stopping` is called first; then the work is cancelled, unless it ends by itself at the stop.
    """
    working, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopping()
    stopped.cancel()
    if not ends_itself():
        working.cancel()
    await asyncio.wait({working, stopped})
    if working.cancelled():
        return False
    working.result()
    return True

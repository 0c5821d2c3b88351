"""Waiting, at the start of a service, for what it needs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from consumer.backoff import Backoff
from consumer.monitoring.health import Health
from consumer.store.service import beyond_waiting

T = TypeVar("T")


async def until_there(health: Health, component: str, reach: Callable[[], Awaitable[T]]) -> T:
    """Try until it works, with growing pauses, and not ready meanwhile.

    Raises SettingsError for what no waiting fixes.
    """
    backoff = Backoff()
    while True:
        try:
            reached = await reach()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, a person can fix it meanwhile
            if end := beyond_waiting(error):
                raise end from None
            health.lost(component, str(error) or repr(error))
            await asyncio.sleep(backoff.next_seconds())
        else:
            health.present(component)
            return reached

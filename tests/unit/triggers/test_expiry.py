"""Waits end after their time, and none before."""

import asyncio

from consumer.triggers.expiry import Expiry


async def test_a_wait_ends_without_success_when_its_time_is_over() -> None:
    expiry, loop = Expiry(0.01), asyncio.get_running_loop()
    waits: list[asyncio.Future[bool]] = [loop.create_future() for _ in range(3)]
    for wait in waits:
        expiry.watch(wait)
    waits[1].set_result(True)

    assert await asyncio.gather(*waits) == [False, True, False]


async def test_a_timer_serves_later_waits_too() -> None:
    expiry, loop = Expiry(0.01), asyncio.get_running_loop()
    for _ in range(3):
        wait: asyncio.Future[bool] = loop.create_future()
        expiry.watch(wait)
        assert await wait is False

"""A service's work ends by itself, by a fault or by being told to: each in its own way."""

import asyncio

import pytest

from consumer.monitoring.frame import run_until


async def test_work_that_ends_by_itself_is_done() -> None:
    async def work() -> None:
        await asyncio.sleep(0)

    assert await run_until(asyncio.Event(), work()) is True


async def test_what_work_raises_is_raised() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await run_until(asyncio.Event(), work())


async def test_work_that_ends_itself_at_the_stop_is_not_cancelled() -> None:
    stop, seen = asyncio.Event(), list[str]()

    async def work() -> None:
        stop.set()
        await asyncio.sleep(0.01)
        seen.append("finished")

    assert await run_until(stop, work(), lambda: seen.append("stopping"), ends_itself=lambda: True) is True
    assert seen == ["stopping", "finished"]


async def test_work_that_is_told_to_stop_is_cancelled_after_that_is_known() -> None:
    stop, seen = asyncio.Event(), list[str]()

    async def work() -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("cancelled")

    assert await run_until(stop, work(), lambda: seen.append("stopping")) is False
    assert seen == ["stopping", "cancelled"]

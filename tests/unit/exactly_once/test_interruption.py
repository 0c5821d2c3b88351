"""What cuts a wait short: a fault until it is met, a stop for good."""

import asyncio

import pytest

from consumer.exactly_once.interruption import Interruption, Stopping


async def test_a_wait_without_an_interruption_gives_its_result() -> None:
    assert await Interruption().waiting(asyncio.sleep(0, "done")) == "done"


async def test_a_fault_is_raised_by_what_waits_and_by_what_would_wait_until_it_is_met() -> None:
    interruption = Interruption()
    asyncio.get_running_loop().call_soon(interruption.interrupt, ValueError("cut"))

    for _ in range(2):
        with pytest.raises(ValueError, match="cut"):
            await interruption.waiting(asyncio.Event().wait())

    interruption.renew()
    assert not interruption.has_come
    assert await interruption.waiting(asyncio.sleep(0, "done")) == "done"


async def test_the_first_fault_stands() -> None:
    interruption = Interruption()
    interruption.interrupt(ValueError("first"))
    interruption.interrupt(TypeError("second"))

    with pytest.raises(ValueError, match="first"):
        await interruption.waiting(asyncio.sleep(0))


async def test_a_stop_is_never_forgotten() -> None:
    interruption = Interruption()
    interruption.stop()

    for _ in range(2):
        interruption.renew()
        assert interruption.is_stopping
        with pytest.raises(Stopping):
            await interruption.waiting(asyncio.sleep(0))


async def test_a_stop_after_a_fault_is_raised_once_the_fault_is_met() -> None:
    interruption = Interruption()
    interruption.interrupt(ValueError("fault"))
    interruption.stop()
    with pytest.raises(ValueError, match="fault"):
        await interruption.waiting(asyncio.sleep(0))

    interruption.renew()

    with pytest.raises(Stopping):
        await interruption.waiting(asyncio.sleep(0))

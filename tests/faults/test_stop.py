import asyncio
from time import monotonic
from typing import Any

from tests.builders import campaign, recipient, trigger
from tests.faults.census import executed_at_least, take_census
from tests.faults.processes import clarion_run, owns_all, owns_partitions
from tests.installation import Installation, eventually

COUNT = 6_000
# Longer than the test may take: only a goodbye moves the partitions sooner.
PATIENT: dict[str, Any] = {"session_timeout_ms": 45_000, "transaction_timeout_ms": 45_000}


async def test_a_process_told_to_stop_under_load_leaves_at_once_and_nothing_undone(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    triggers = [trigger(recipient(f"person-{n}@example.com")) for n in range(COUNT)]
    async with (
        clarion_run(installation, batch_max=50, **PATIENT) as stopped,
        clarion_run(installation, batch_max=50, **PATIENT) as other,
    ):
        await eventually(lambda: owns_partitions(stopped))
        await eventually(lambda: owns_partitions(other))
        await installation.send_all(triggers)
        await eventually(lambda: executed_at_least(installation, COUNT // 10))

        stopped.terminate()
        async with asyncio.timeout(10):
            assert await stopped.ended() == 0
        assert not await executed_at_least(installation, COUNT), "stopped too late to tell anything"
        left_at = monotonic()

        await eventually(lambda: owns_all(other, installation))
        await eventually(other.is_ready)
        assert monotonic() - left_at < 5
        await eventually(lambda: executed_at_least(installation, COUNT), 20)
    (await take_census(installation)).assert_exactly_once(triggers)

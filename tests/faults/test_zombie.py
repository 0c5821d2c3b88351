from tests.builders import campaign, recipient, trigger
from tests.faults.census import executed_at_least, take_census
from tests.faults.processes import ClarionProcess, clarion_run, owns_all, owns_partitions
from tests.installation import Installation, eventually

COUNT = 6_000


async def test_a_process_that_slept_past_its_session_does_no_harm_and_works_on(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    triggers = [trigger(recipient(f"person-{n}@example.com")) for n in range(COUNT)]
    later = [trigger(recipient(f"later-{n}@example.com")) for n in range(300)]
    async with (
        # Its transaction outlasts its sleep: the group alone can keep it from committing when it wakes.
        clarion_run(installation, batch_max=50, transaction_timeout_ms=60_000) as zombie,
        clarion_run(installation, batch_max=50) as other,
    ):
        await eventually(lambda: owns_partitions(zombie))
        await installation.send_all(triggers)
        await eventually(lambda: is_in_the_middle(zombie))
        before = await zombie.metric("clarion_rebalances_total")

        zombie.pause()
        assert not await executed_at_least(installation, COUNT), "paused too late to tell anything"
        await eventually(lambda: owns_all(other, installation))
        await installation.send_all(later[:100])
        zombie.wake()
        await installation.send_all(later[100:200])
        await eventually(lambda: is_at_work_again(zombie, before))
        await installation.send_all(later[200:])

        await eventually(lambda: executed_at_least(installation, COUNT + len(later)))
    (await take_census(installation)).assert_exactly_once(triggers + later)


async def is_in_the_middle(zombie: ClarionProcess) -> bool:
    waiting = await zombie.metric("clarion_oldest_unprocessed_seconds") > 0
    return waiting and await zombie.metric("clarion_triggers_total") > COUNT / 20


async def is_at_work_again(zombie: ClarionProcess, before: float) -> bool:
    """As a member of a new generation: what it still takes for its own as it wakes is no longer its."""
    return await zombie.metric("clarion_rebalances_total") > before and await owns_partitions(zombie)

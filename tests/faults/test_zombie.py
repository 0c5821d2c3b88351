from tests.builders import campaign, recipient, trigger
from tests.faults.census import executed_at_least, take_census
from tests.faults.processes import ClarionProcess, clarion_run, owns_partitions
from tests.installation import Installation, eventually

COUNT = 3_000


async def test_a_process_that_slept_past_its_session_does_no_harm_and_works_on(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    triggers = [trigger(recipient(f"person-{n}@example.com")) for n in range(COUNT)]
    async with clarion_run(installation, batch_max=50) as zombie, clarion_run(installation, batch_max=50):
        await eventually(lambda: owns_partitions(zombie))
        await installation.send_all(triggers)
        await eventually(lambda: executed_at_least(installation, COUNT // 10))

        zombie.pause()
        assert not await executed_at_least(installation, COUNT), "paused too late to tell anything"
        await eventually(lambda: executed_at_least(installation, COUNT))
        later = [trigger(recipient(f"later-{n}@example.com")) for n in range(300)]
        await installation.send_all(later[:100])
        zombie.wake()
        await installation.send_all(later[100:200])
        await eventually(lambda: is_at_work_again(zombie))
        await installation.send_all(later[200:])

        await eventually(lambda: executed_at_least(installation, COUNT + 300))
    (await take_census(installation)).assert_exactly_once(triggers + later)


async def is_at_work_again(zombie: ClarionProcess) -> bool:
    return await zombie.metric("clarion_rebalances_total") > 1 and await owns_partitions(zombie)

from tests.builders import campaign, recipient, trigger
from tests.faults.census import executed_count, take_census
from tests.faults.processes import clarion_run
from tests.installation import Installation, Json, eventually


async def test_a_killed_process_loses_nothing_and_does_nothing_twice(installation: Installation) -> None:
    await installation.activate(campaign())
    triggers = [trigger(recipient(f"person-{n}@example.com")) for n in range(5_000)]
    rejected = [without_a_name(one) for one in triggers[::10]]
    # Small batches: many transactions, so that the kill falls into one.
    async with (
        clarion_run(installation, batch_max=50) as killed,
        clarion_run(installation, batch_max=50) as survivor,
    ):
        await installation.send_all(triggers)
        await eventually(lambda: executed_at_least(installation, 1_000))

        killed.kill()

        await eventually(lambda: executed_at_least(installation, 5_000))
        assert survivor.is_running
    (await take_census(installation)).assert_exactly_once(triggers, rejected=rejected)


def without_a_name(trigger: Json) -> Json:
    """Let the trigger lack what the campaign's templates need."""
    del trigger["context"]
    return trigger


async def executed_at_least(installation: Installation, count: int) -> bool:
    return await executed_count(installation) >= count

from tests.builders import campaign, recipient, trigger
from tests.faults.census import executed_at_least, take_census
from tests.faults.processes import clarion_run, owns_partitions
from tests.installation import Installation, Json, eventually

COUNT = 5_000
# Many transactions, so that the kill falls into one.
SMALL_BATCHES = 50


async def test_a_killed_process_loses_nothing_and_does_nothing_twice(installation: Installation) -> None:
    await installation.activate(campaign())
    triggers = [trigger(recipient(f"person-{n}@example.com")) for n in range(COUNT)]
    rejected = [without_a_name(one) for one in triggers[::10]]
    async with (
        clarion_run(installation, batch_max=SMALL_BATCHES) as killed,
        clarion_run(installation, batch_max=SMALL_BATCHES),
    ):
        await eventually(lambda: owns_partitions(killed))
        await installation.send_all(triggers)
        await eventually(lambda: executed_at_least(installation, COUNT // 10))

        killed.kill()
        assert not await executed_at_least(installation, COUNT), "killed too late to tell anything"

        await eventually(lambda: executed_at_least(installation, COUNT))
    (await take_census(installation)).assert_exactly_once(triggers, rejected=rejected)


def without_a_name(trigger: Json) -> Json:
    """Let the trigger lack what the campaign's templates need."""
    del trigger["context"]
    return trigger

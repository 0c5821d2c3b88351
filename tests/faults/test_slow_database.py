from consumer.exactly_once.inbox import HIGH_WATER_BYTES
from tests.builders import campaign, recipient, trigger
from tests.faults.census import executed_at_least, take_census
from tests.faults.processes import ClarionProcess, clarion_run
from tests.installation import Installation, eventually

TRIGGER_BYTES = 900_000
COUNT = 120


async def test_a_database_that_makes_wait_leaves_the_rest_on_the_broker(installation: Installation) -> None:
    await installation.activate(campaign())
    triggers = [
        trigger(recipient(f"person-{n}@example.com"), ignored="x" * TRIGGER_BYTES) for n in range(COUNT)
    ]
    async with clarion_run(installation) as process:
        before = await process.metric("process_resident_memory_bytes")
        async with installation.database.transaction() as connection:
            await connection.execute("LOCK TABLE claims IN ACCESS EXCLUSIVE MODE")
            await installation.send_all(triggers)

            grown = await settled_memory(process) - before
            # Beside what waits there is a batch in work, and for a moment each record is there twice.
            assert grown < 3 * HIGH_WATER_BYTES < COUNT * TRIGGER_BYTES / 2
        await eventually(lambda: executed_at_least(installation, COUNT))
    (await take_census(installation)).assert_exactly_once(triggers)


async def settled_memory(process: ClarionProcess) -> float:
    """The memory that the process uses once it takes no more."""
    readings = [0.0] * 20

    async def is_settled() -> bool:
        readings.append(await process.metric("process_resident_memory_bytes"))
        return max(readings[-20:]) - min(readings[-20:]) < 1_000_000

    await eventually(is_settled)
    return readings[-1]

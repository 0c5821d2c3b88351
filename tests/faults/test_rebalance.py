import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack

from tests.builders import campaign, recipient, trigger
from tests.faults.census import Census, executed_at_least, take_census
from tests.faults.processes import IMPATIENT
from tests.installation import Installation, Json, eventually, metric

COUNT = 2_000
PEOPLE = 40


async def test_engines_that_come_and_go_keep_every_trigger_and_each_persons_order(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    triggers = [numbered(n) for n in range(COUNT)]
    async with installation.engine(batch_max=20, **IMPATIENT) as first, AsyncExitStack() as others:
        sending = asyncio.create_task(trickle(installation, triggers))
        for share in (0.1, 0.3):
            await eventually(lambda: executed_at_least(installation, int(share * COUNT)))  # noqa: B023
            await others.enter_async_context(installation.engine(batch_max=20, **IMPATIENT))
        await eventually(lambda: executed_at_least(installation, int(0.6 * COUNT)))
        await others.aclose()
        await sending
        await eventually(lambda: executed_at_least(installation, COUNT))
        assert await metric(first.port, "clarion_rebalances_total") > 2
        assert await metric(first.port, "clarion_fenced_total") == 0, "batches are finished, not dropped"
    census = await take_census(installation)
    assert sorted(int(d["requestId"]) for d in census.deliveries) == list(range(COUNT))
    assert sorted(int(e["requestId"]) for e in census.executions) == list(range(COUNT))
    assert len(census.profiles) == PEOPLE
    assert all(numbers == sorted(numbers) for numbers in by_person(census).values())


def numbered(number: int) -> Json:
    return trigger(recipient(f"person-{number % PEOPLE}@example.com"), requestId=f"{number}")


async def trickle(installation: Installation, triggers: list[Json]) -> None:
    """Send some at a time, each time when most before them are done: there is always work, never all."""
    step = 100
    for start in range(0, len(triggers), step):
        await eventually(lambda: executed_at_least(installation, start - 3 * step))  # noqa: B023
        await installation.send_all(triggers[start : start + step])


def by_person(census: Census) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for delivery in census.deliveries:
        numbers[delivery["recipient"]["userId"]].append(int(delivery["requestId"]))
    return numbers

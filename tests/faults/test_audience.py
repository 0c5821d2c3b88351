"""An execution for an audience while its processes are killed, doubled and put to sleep."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from consumer.audiences import control
from consumer.store.audience_executions import StoredExecution
from tests.audiences import adds_up, apply_audience, ended, execute, import_people, person, status_of
from tests.builders import campaign
from tests.faults.census import Census, take_census
from tests.faults.processes import ClarionProcess, clarion_run
from tests.installation import Installation, Json, eventually

MEMBERS = 20_000
KILLS = 10
# So that the kills fall into the work: as large as by default, batches would be few.
SMALL_BATCHES = 10
SLEEP_SECONDS = 9
"""Longer than the lease and the shortest session."""


async def test_ten_kills_and_a_zombie_leave_nobody_out_and_nobody_twice(installation: Installation) -> None:
    await installation.activate(campaign(type="marketing", createProfiles=False))
    await import_people(installation.database, [somebody(n) for n in range(MEMBERS)])
    await apply_audience(installation.database)
    execution = await execute(installation)
    async with Crew.of(installation, 2) as crew:
        for kill in range(KILLS):
            await eventually(lambda: is_decided(installation, execution, (kill + 1) * MEMBERS // (KILLS + 3)))  # noqa: B023
            await crew.replace(random.randrange(2))  # noqa: S311 - which one to kill
            if kill == KILLS // 2:
                await crew.put_to_sleep(random.randrange(2))  # noqa: S311 - which one to kill
        status = await ended(installation, execution)
    census = await take_census(installation)
    assert adds_up(status)
    assert status["counts"] == expected_counts()
    assert_exactly_once(census)


async def test_a_cancellation_amid_kills_is_exact(installation: Installation) -> None:
    await installation.activate(campaign(createProfiles=False, throttle=100))
    await import_people(installation.database, [person(f"p{n}") for n in range(4_000)])
    await apply_audience(installation.database)
    execution = await execute(installation)
    async with Crew.of(installation, 2) as crew:
        await eventually(lambda: is_decided(installation, execution, 300))
        await crew.replace(0)
        await control.cancel(installation.database, str(execution.id))
        await crew.replace(1)
        status = await ended(installation, execution)
        before = len((await take_census(installation)).deliveries)
        # What is still on the topic is not executed any more.
        await asyncio.sleep(2)
    census = await take_census(installation)
    assert (status["status"], status["reason"]) == ("Failed", "cancelled")
    assert adds_up(status)
    assert status["counts"]["delivered"] == before == len(census.deliveries) < 4_000
    assert set(Counter(names(census)).values()) == {1}


def somebody(number: int) -> Json:
    """Of each hundred, some have no e-mail address, no consent, or none that can be used."""
    match number % 100:
        case 0:
            return person(f"nameless{number}", identities=[{"namespace": "phone", "id": f"+4670{number:07}"}])
        case 1 | 2:
            return person(f"silent{number}", consents={})
        case 3:
            return person(f"wrong{number}", identities=[{"namespace": "email", "id": f"wrong {number}"}])
    return person(f"p{number}")


def expected_counts() -> Json:
    hundreds = MEMBERS // 100
    return {
        "targeted": MEMBERS,
        "withoutIdentity": hundreds,
        "produced": MEMBERS - hundreds,
        "delivered": 96 * hundreds,
        "excluded": 2 * hundreds,
        "rejected": hundreds,
        "notSent": 0,
    }


def assert_exactly_once(census: Census) -> None:
    """By what lies on the topics, read by another client."""
    hundreds = MEMBERS // 100
    delivered = Counter(names(census))
    assert (len(delivered), set(delivered.values())) == (96 * hundreds, {1})
    outcomes = [outcome for each in census.executions for outcome in each["outcomes"]]
    people = Counter(outcome["recipient"] for outcome in outcomes)
    assert (len(people), set(people.values())) == (99 * hundreds, {1})
    reasons = Counter(outcome.get("reason") for outcome in outcomes)
    assert reasons == {None: 96 * hundreds, "no_consent": 2 * hundreds, "invalid_address": hundreds}


def names(census: Census) -> list[str]:
    return [each["recipient"]["userId"] for each in census.deliveries]


async def is_decided(installation: Installation, execution: StoredExecution, count: int) -> bool:
    counts = (await status_of(installation, execution))["counts"]
    return bool(counts["delivered"] + counts["excluded"] + counts["rejected"] >= count)


class Crew:
    """Processes of the lane; one that is killed has a successor at once, which is not waited for."""

    def __init__(self, installation: Installation, stack: AsyncExitStack) -> None:
        self._installation = installation
        self._stack = stack
        self._members: list[ClarionProcess] = []

    @classmethod
    @asynccontextmanager
    async def of(cls, installation: Installation, count: int) -> AsyncIterator["Crew"]:
        async with AsyncExitStack() as stack:
            crew = cls(installation, stack)
            for _ in range(count):
                crew._members.append(await crew._start())
            yield crew

    async def replace(self, number: int) -> None:
        self._members[number].kill()
        self._members[number] = await self._start()

    async def put_to_sleep(self, number: int) -> None:
        """Until another has its partitions, and expands."""
        self._members[number].pause()
        await asyncio.sleep(SLEEP_SECONDS)
        self._members[number].wake()

    async def _start(self) -> ClarionProcess:
        running = clarion_run(self._installation, lane="audience", batch_max=SMALL_BATCHES)
        return await self._stack.enter_async_context(running)

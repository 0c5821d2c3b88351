"""Caps stay exact: three consumers, ten kills, triggers sent again, replays, decisions made again."""

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack

from consumer.campaigns import rule_sets
from schemas.rule_set import RuleSetFile
from tests.builders import campaign, recipient, trigger
from tests.commands import run
from tests.faults.census import take_census
from tests.faults.processes import ClarionProcess, clarion_run
from tests.installation import Installation, Json, eventually

PEOPLE, EACH, AT_MOST, KILLS, CONSUMERS = 60, 8, 3, 10, 3
REPLAY = (
    *("dead-letters", "replay", "--reason", "missing_context"),
    *("--set", "context.name=A", "--execute"),
)
SMALL_BATCHES = {"batch_max": 8, "consent_default": "opt-out"}


async def test_nobody_is_over_a_cap_and_nobody_wrongly_under(installation: Installation) -> None:
    cap = {"channels": ["email"], "atMost": AT_MOST, "per": "day", "rolling": True}
    file = RuleSetFile.model_validate({"id": "gentle", "timezone": "UTC", "caps": [cap]})
    await rule_sets.apply_rule_sets(installation.database, [file])
    await installation.activate(campaign(type="marketing", ruleSet="gentle"))
    calls = [trigger(recipient(f"p{n % PEOPLE}@acme.example")) for n in range(PEOPLE * EACH)]
    # These fail at first, and are fixed by a replay; then they ask the caps as well.
    late = [
        trigger(recipient(f"q{n % PEOPLE}@acme.example"), context={}) for n in range(PEOPLE * AT_MOST * 2)
    ]
    again = random.sample(calls, len(calls) // 5)
    values = [*calls, *late, *again]
    random.shuffle(values)

    async with AsyncExitStack() as stack:
        consumers = [
            await stack.enter_async_context(clarion_run(installation, **SMALL_BATCHES))
            for _ in range(CONSUMERS)
        ]
        sending = asyncio.create_task(send_slowly(installation, values))
        for _ in range(KILLS):
            await asyncio.sleep(random.uniform(0.2, 2))  # noqa: S311
            consumers = await replaced(stack, installation, consumers)
        await sending
        await executed(installation, len(values))
        done = await run(installation, *REPLAY)
        assert done.code == 0, done.err
        consumers = await replaced(stack, installation, consumers)
        await executed(installation, len(values) + len(late))

    census = await take_census(installation)
    messages = Counter(delivery["recipient"]["userId"] for delivery in census.deliveries)
    assert messages == {each["recipients"][0]["userId"]: AT_MOST for each in values}
    assert len({delivery["deliveryId"] for delivery in census.deliveries}) == len(census.deliveries)
    reasons = Counter(outcome.get("reason") for each in census.executions for outcome in each["outcomes"])
    # What was sent again is a duplicate where it was delivered, and capped where it was not.
    assert reasons["capped"] >= len(calls) - PEOPLE * AT_MOST + len(late) - PEOPLE * AT_MOST
    assert await counted(installation) == dict(messages)


async def send_slowly(installation: Installation, values: list[Json]) -> None:
    """To any partition, so that several consumers have messages for one person at the same time."""
    for value in values:
        await installation.send(value, partition=random.randrange(3))  # noqa: S311
        await asyncio.sleep(0.03)


async def replaced(
    stack: AsyncExitStack, installation: Installation, consumers: list[ClarionProcess]
) -> list[ClarionProcess]:
    killed, *others = random.sample(consumers, len(consumers))
    killed.kill()
    return [*others, await stack.enter_async_context(clarion_run(installation, **SMALL_BATCHES))]


async def executed(installation: Installation, count: int) -> None:
    async def all_are() -> bool:
        return len(await installation.values(installation.topics.executions)) >= count

    await eventually(all_are, 240)


async def counted(installation: Installation) -> dict[str, int]:
    """What the database counts for each person."""
    async with installation.database.connection() as connection:
        rows = await connection.fetch(
            """
            SELECT i.value, jsonb_array_length(c.uses) AS uses
            FROM cap_uses AS c JOIN identities AS i ON i.profile_id::text = c.person
            """
        )
    return {row["value"]: row["uses"] for row in rows}

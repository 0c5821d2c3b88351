"""Held messages are released once each, by a releaser that is killed at any moment."""

import asyncio
import random
import signal
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from consumer.campaigns import rule_sets
from schemas.rule_set import RuleSetFile
from tests.builders import campaign, recipient, trigger
from tests.commands import ended, run, start
from tests.faults.census import take_census
from tests.faults.test_replay_kill import resolutions_end
from tests.installation import Installation, eventually
from tests.letters import settled

CALLS, RECIPIENTS = 150, 20
HELD = CALLS * RECIPIENTS
NIGHT = datetime.now(UTC).replace(hour=23, minute=0, second=0) - timedelta(days=2)


async def test_held_messages_are_released_once_by_a_releaser_that_is_killed(
    installation: Installation,
) -> None:
    slot = {"channels": ["email"], "from": "21:00", "to": "08:00", "then": "hold"}
    file = RuleSetFile.model_validate({"id": "gentle", "timezone": "UTC", "quietHours": [slot]})
    await rule_sets.apply_rule_sets(installation.database, [file])
    await installation.activate(campaign(type="marketing", ruleSet="gentle"))
    installation.clock = lambda: NIGHT
    async with installation.engine(consent_default="opt-out"):
        for call in range(CALLS):
            people = [recipient(f"p{call}-{n}@acme.example") for n in range(RECIPIENTS)]
            await installation.send(trigger(*people), partition=call % 3)
        await installation.dead_letters(HELD)

    installation.clock = lambda: datetime.now(UTC).replace(hour=12)
    async with installation.engine(consent_default="opt-out"):
        kills = 0
        while await kill_at_work(installation):
            kills += 1
        assert kills >= 3, "it was done before it could be killed"
        last = await run(installation, "dead-letters", "release")
        assert last.code == 0, last.err
        await installation.executions(CALLS + HELD)
    census = await take_census(installation)
    delivered = Counter(delivery["deliveryId"] for delivery in census.deliveries)
    assert (len(delivered), delivered.total()) == (HELD, HELD)
    resolutions = await settled(installation, installation.topics.resolutions)
    assert len({record.key for record in resolutions}) == len(resolutions) == HELD


async def kill_at_work(installation: Installation) -> bool:
    """False when it ended by itself."""
    before = await resolutions_end(installation)
    process = await start(installation, "dead-letters", "release")

    async def has_begun() -> bool:
        return process.returncode is not None or await resolutions_end(installation) > before

    await eventually(has_begun)
    await asyncio.sleep(random.uniform(0, 0.2))  # noqa: S311
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    return (await ended(process)).code == -signal.SIGKILL

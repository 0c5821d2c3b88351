"""A replay that is killed again and again replays each letter once and skips none."""

import asyncio
import random
import signal
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from consumer.campaigns import lifecycle
from consumer.kafka.cluster import Cluster
from schemas.campaign import CampaignFile
from tests.builders import campaign, recipient, trigger
from tests.commands import dead_letters, ended, run, start
from tests.faults.census import take_census
from tests.installation import Installation, Json, eventually
from tests.letters import settled

EACH = 63
MENDED = ("before_start", "campaign_not_live", "unknown_profile")
REMAINING = ("after_end", "unknown_campaign", "missing_context", "malformed", "invalid")
TOO_DEEP = b'{"requestId":' + b"[" * 70 + b"]" * 70 + b"}"
KILLS = 10
# Slow enough for every one of them to be at work when it is killed: together they have 19 s of it.
RATE = "10"


async def test_letters_are_replayed_once_by_a_replay_that_is_killed_ten_times(
    installation: Installation,
) -> None:
    sent = await sent_in_vain(installation)
    mended = [one["requestId"] for reason in MENDED for one in sent[reason]]
    async with installation.engine():
        letters = await installation.dead_letters(8 * EACH)
        await mend(installation)
        command = ["dead-letters", "replay", "--execute"]
        command += [word for reason in MENDED for word in ("--reason", reason)]
        await killed(installation, [*command, "--rate", RATE])
        last = await run(installation, *command)
        assert last.code == 0, last.err

        async def all_delivered() -> bool:
            return len(await installation.deliveries()) >= len(mended)

        await eventually(all_delivered)
        executions = 8 * EACH - 2 * EACH + len(mended)
        await installation.executions(executions)  # none of what has no valid ids
    census = await take_census(installation)
    assert Counter(delivery["requestId"] for delivery in census.deliveries) == Counter(mended)
    assert len(census.executions) == executions
    assert await installation.dead_letters() == letters
    resolutions = await settled(installation, installation.topics.resolutions)
    assert len({record.key for record in resolutions}) == len(resolutions) == len(mended)
    await assert_the_others_are_listed(installation)


async def sent_in_vain(installation: Installation) -> dict[str, list[Json]]:
    """Triggers that fail for eight reasons, mixed."""
    tomorrow, yesterday = (datetime.now(UTC) + timedelta(days=days) for days in (1, -1))
    await installation.activate(campaign(id="early", start=tomorrow))
    await installation.activate(campaign(id="late", end=yesterday))
    await installation.activate(campaign(id="closed", createProfiles=False))
    await installation.activate(campaign())
    await lifecycle.apply(installation.database, CampaignFile.model_validate(campaign(id="draft")))
    campaigns = {
        "before_start": "early",
        "campaign_not_live": "draft",
        "unknown_profile": "closed",
        "after_end": "late",
        "unknown_campaign": "nowhere",
    }
    sent = {
        reason: [trigger(recipient(f"{reason}-{n}@example.com"), campaignId=id_) for n in range(EACH)]
        for reason, id_ in campaigns.items()
    }
    sent["missing_context"] = [
        trigger(recipient(f"nameless-{n}@example.com"), context={}) for n in range(EACH)
    ]
    values: list[Json | bytes] = [one for triggers in sent.values() for one in triggers]
    values += [TOO_DEEP] * EACH + [{"requestId": 1}] * EACH
    random.shuffle(values)
    await asyncio.gather(*(installation.send(value, partition=n % 3) for n, value in enumerate(values)))
    return sent


async def mend(installation: Installation) -> None:
    await installation.activate(campaign(id="early"))
    await installation.activate(campaign(id="draft"))
    await installation.activate(campaign(id="closed"))


async def killed(installation: Installation, command: Sequence[str]) -> None:
    """Start it and kill it, at any moment of its work; it always has work left."""
    for _ in range(KILLS):
        before = await resolutions_end(installation)
        process = await start(installation, *command)

        async def has_begun(process: Process = process, before: int = before) -> bool:
            return process.returncode is not None or await resolutions_end(installation) > before

        await eventually(has_begun)
        await asyncio.sleep(random.uniform(0, 1))  # noqa: S311
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        done = await ended(process)
        assert done.code == -signal.SIGKILL, f"it ended by itself: {done}"


async def resolutions_end(installation: Installation) -> int:
    """Moves when a replay ends what the one before left open, and with each letter that it replays.

    Asked of the brokers alone: to read the records takes time in which the replay runs out of letters.
    """
    spans = await Cluster.of(installation.settings).spans(installation.topics.resolutions)
    return sum(span.end for span in spans.values())


async def assert_the_others_are_listed(installation: Installation) -> None:
    listed = await dead_letters(installation, "list", "--limit", "1000")
    assert Counter(letter["reason"] for letter in listed) == dict.fromkeys(
        ("after_end", "unknown_campaign", "missing_context", "malformed", "invalid"), EACH
    )

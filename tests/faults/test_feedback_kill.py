"""Feedback shuffled and doubled, its process killed at any moment: all is as a recount has it."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

from tests.commands import ended, start
from tests.feedback import deliver, delivery, event, report, rows, suppressed
from tests.installation import Installation, Json, eventually

DELIVERIES = 2_500
EVENTS = 20_000
"""With each sent twice."""
KILLS = 10
STEP = 500
ADDRESSES = 400
"""So that an address bounces softly several times."""


@asynccontextmanager
async def feedback(installation: Installation, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await start(installation, "feedback", *options, log_level="WARNING")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await ended(process)


def made(chance: random.Random) -> tuple[list[Json], list[Json]]:
    """Deliveries of three versions and two treatments, and events of every kind about them."""
    deliveries = [
        delivery(
            n,
            campaignVersion=1 + n % 3,
            treatment="ab"[n % 2],
            locale=chance.choice(["en", "sv"]),
            address=f"a{n % ADDRESSES}@example.com",
        )
        for n in range(DELIVERIES)
    ]
    kinds = ["sent", "delivered", "deferred", "failed", "opened", "clicked", "bounced", "unsubscribed"]
    events = []
    for number in range(EVENTS // 2):
        of, kind = chance.choice(deliveries), chance.choices(kinds, [30, 25, 5, 1, 20, 12, 6, 1])[0]
        more: Json = {}
        if kind == "bounced":
            more = {"bounce": chance.choices(["soft", "ignored", "hard"], [90, 8, 2])[0]}
        if kind == "clicked":
            more = {"link": chance.choice(["https://a/x?y=1", "https://b/"])}
        events.append(event(of, kind, 5_000 + number * 3, **more))
    return deliveries, events


def recounted(deliveries: list[Json], events: list[Json]) -> tuple[Counter[str], dict[str, str], set[Any]]:
    """Figures, states and suppressions, by plain Python: shares no code with what it checks."""
    figures = Counter({"deliveries": len(deliveries)})
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    histories: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    addresses = {each["deliveryId"]: each["address"] for each in deliveries}
    suppressions = set()
    for each in events:
        id_, kind = each["deliveryId"], each["type"]
        name = {"opened": "openedUnique", "clicked": "clickedUnique"}.get(kind, kind)
        kinds[id_].add(str(name))
        if kind in ("opened", "clicked"):
            figures[kind] += 1
        if kind == "clicked":
            figures["clickedLink"] += 1
        if kind == "bounced":
            kinds[id_].add(f"bounced{each['bounce'].capitalize()}")
        word = str(each.get("bounce", kind))
        histories[addresses[id_]].append((datetime.fromisoformat(each["at"]), word))
    for address, history in histories.items():
        run = 0
        for _, word in sorted(history):
            run = 0 if word == "delivered" else run + (word == "soft")
            if word == "hard" or run == 5:
                suppressions.add((address, "bounce"))
        if "unsubscribed" in {word for _, word in history}:
            suppressions.add((address, "unsubscribe"))
    for found in kinds.values():
        figures.update(found)
    order = ["deferred", "sent", "bouncedSoft", "bouncedIgnored", "failed", "delivered", "bouncedHard"]
    order += ["openedUnique", "clickedUnique", "unsubscribed"]
    states = {id_: max(found & set(order), key=order.index) for id_, found in kinds.items()}
    return figures, states, suppressions


async def stored(installation: Installation) -> tuple[Counter[str], list[Any], set[Any]]:
    counts = await rows(
        installation,
        "SELECT metric, sum(count)::bigint FROM report_feedback WHERE metric NOT LIKE '%To%' GROUP BY metric",
    )
    by_key = await rows(installation, "SELECT * FROM report_feedback ORDER BY 1, 2, 3, 4, 5, 6, 7, 8")
    return Counter(dict(counts)), by_key, await suppressed(installation)


async def read(installation: Installation) -> int:
    [[count]] = await rows(installation, "SELECT count(*) FROM feedback_events")
    return int(count)


async def test_everything_equals_a_recount_after_kills(installation: Installation) -> None:
    chance = random.Random()  # noqa: S311 - another order each time
    deliveries, events = made(chance)
    sent = [*events, *events]
    chance.shuffle(sent)
    chance.shuffle(deliveries)

    async def write() -> None:
        for first in range(0, len(sent), STEP):
            await report(installation, *sent[first : first + STEP])
            share = first * len(deliveries) // len(sent)
            await deliver(installation, *deliveries[share : share + STEP * len(deliveries) // len(sent) + 1])
        await deliver(installation, *deliveries)

    writing = asyncio.create_task(write())
    for _ in range(KILLS):
        before = await read(installation)
        async with feedback(installation), feedback(installation):
            await eventually(partial(grows, installation, before))
            await asyncio.sleep(chance.uniform(0, 0.5))
        if await read(installation) == len(events):
            break
    await writing
    async with feedback(installation, "--once") as process:
        assert await process.wait() == 0
    figures, states, suppressions = recounted(deliveries, events)
    found, by_key, listed = await stored(installation)
    assert found == figures
    assert listed == suppressions
    marks = dict(await rows(installation, "SELECT delivery_id::text, marks FROM deliveries"))
    assert {id_ for id_, found_marks in marks.items() if found_marks} == set(states)
    async with feedback(installation), feedback(installation, "--once", "--rebuild") as process:
        assert await process.wait() == 0
        await eventually(lambda: is_same(installation, by_key))
    assert (await stored(installation))[2] == suppressions


async def grows(installation: Installation, before: int) -> bool:
    return await read(installation) > before


async def is_same(installation: Installation, by_key: list[Any]) -> bool:
    return (await stored(installation))[1] == by_key


def test_the_recount_is_of_every_event() -> None:
    deliveries, events = made(random.Random(1))  # noqa: S311
    figures, states, suppressions = recounted(deliveries, events)
    assert figures["opened"] == sum(each["type"] == "opened" for each in events)
    assert set(states) == {each["deliveryId"] for each in events}
    assert suppressions

"""Many records that no one should send among good ones: what became of each is known."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from confluent_kafka import Producer

from consumer.kafka.record import Record
from tests.batches import CODECS, codecs_on
from tests.builders import Json, campaign, recipient, trigger
from tests.hostile import VALUE_BYTES_MAX, Hostile, hostile, padded
from tests.installation import Installation

GOOD: Final = 1_000
REFUSED: Final = 3_000
LATER: Final = 20
"""A good trigger is sent again, as it is and with other content, when so many others have been sent."""
SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Sent:
    key: str
    partition: int
    what: Hostile | bytes


async def test_5000_hostile_records_among_1000_good_ones_are_all_accounted_for(
    installation: Installation,
) -> None:
    """By each codec in turn, the good ones up to the largest that is allowed."""
    chance = random.Random(SEED)  # noqa: S311 - a failure is to come again
    good = [trigger(recipient(f"p{number}@b.c")) for number in range(GOOD)]
    refused = [hostile(number, chance) for number in range(REFUSED)]
    await installation.activate(campaign())
    records = list(_records(good, refused, chance))
    assert len(records) == 6_000
    async with installation.engine():
        await _send(installation, records)
        letters = await installation.dead_letters(REFUSED + GOOD)
        executed = await installation.executions(3 * GOOD)
    assert await codecs_on(installation, installation.topics.triggers("unitary")) == set(CODECS)

    assert Counter(map(_key_and_reason, letters)) == Counter(
        [(f"h{number}", one.reason) for number, one in enumerate(refused)]
        + [(f"c{number}", "request_conflict") for number in range(GOOD)]
    )
    ids = [call["requestId"] for call in good]
    assert Counter(each["requestId"] for each in await installation.deliveries()) == Counter(ids)
    of_good = set(ids)
    became = Counter(
        (each["requestId"], outcome["outcome"], outcome.get("reason"))
        for each in executed
        for outcome in each["outcomes"]
        if each["requestId"] in of_good
    )
    assert became == Counter(
        (id_, *outcome)
        for id_ in ids
        for outcome in (("delivery", None), ("exclusion", "duplicate"), ("rejection", "request_conflict"))
    )


def _records(good: Sequence[Json], refused: Sequence[Hostile], chance: random.Random) -> Iterator[Sent]:
    """A good one, three to be refused, and an earlier good one twice more, in the partition where it was."""
    for number in range(GOOD + LATER):
        if number < GOOD:
            size = VALUE_BYTES_MAX if number % 200 == 0 else 0
            value = padded(good[number], size, chance) if size else orjson.dumps(good[number])
            yield Sent(f"g{number}", number % 3, value)
            for each in range(3 * number, 3 * number + 3):
                yield Sent(f"h{each}", chance.randrange(3), refused[each])
        if (again := number - LATER) >= 0:
            yield Sent(f"a{again}", again % 3, orjson.dumps(good[again]))
            other = {**good[again], "context": {"name": "Mallory"}}
            yield Sent(f"c{again}", again % 3, orjson.dumps(other))


async def _send(installation: Installation, records: Sequence[Sent]) -> None:
    """No more at once than that what is sent again comes after the first time."""
    settings = {
        "bootstrap.servers": installation.settings.kafka_bootstrap_servers,
        "message.max.bytes": 4_000_000,
    }
    producers = [Producer({**settings, "compression.type": codec}) for codec in CODECS]
    topic = installation.topics.triggers("unitary")
    for group in (records[start : start + LATER] for start in range(0, len(records), LATER)):
        for number, one in enumerate(group):
            what = one.what if isinstance(one.what, Hostile) else Hostile(one.what, "")
            producers[number % len(producers)].produce(
                topic, what.value, one.key, one.partition, headers=what.headers
            )
        for producer in producers:
            assert await asyncio.to_thread(producer.flush, 60) == 0


def _key_and_reason(letter: Record) -> tuple[str, str]:
    told = dict(letter.headers)
    return (letter.key or b"").decode(), told["clarion.reason"].decode()

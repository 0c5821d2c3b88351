"""Replaying in a test: letters put on the topic, orders, and what came of them."""

from typing import Any

import orjson

from consumer.dead_letters.choice import Choice
from consumer.kafka.cluster import Cluster
from consumer.replay.check import Order
from consumer.replay.outgoing import Run
from consumer.replay.report import Report
from consumer.replay.run import execute
from consumer.replay.watcher import ReplayWatcher
from schemas.place import LetterPlace
from tests.installation import Installation, Json
from tests.letters import letter_headers, settled

RUN = Run("run-1", "dana")


def order(choice: Choice | None = None, **changes: Any) -> Order:
    return Order(choice or Choice(), RUN, **changes)


def by_reason(*reasons: str) -> Choice:
    return Choice(reasons=frozenset(reasons))


async def replay(installation: Installation, choice: Choice | None = None, **changes: Any) -> Report:
    return await execute(Cluster.of(installation.settings), order(choice, **changes), ReplayWatcher())


async def put_letters(
    installation: Installation, count: int = 1, value: bytes | None = b"{}", **changes: Any
) -> None:
    """Dead letters as if a consumer had written them, without one; all in partition 0."""
    key = changes.pop("key", b"key")
    changes.setdefault("origin_topic", installation.topics.triggers("unitary"))
    producer = installation.producer
    for number in range(count):
        # In a batch, as send() takes no record that has neither key nor value.
        batch = producer.create_batch()
        told = letter_headers(**{"request_id": f"r-{number}", **changes})
        batch.append(timestamp=None, key=key, value=value, headers=[("own", b"1"), *told])
        await (await producer.send_batch(batch, installation.topics.dead_letters, partition=0))


async def resolutions(installation: Installation) -> list[Json]:
    found = [
        {**orjson.loads(record.value or b""), "at": (record.key or b"").decode()}
        for record in await settled(installation, installation.topics.resolutions)
    ]
    return sorted(found, key=lambda one: LetterPlace.parse(one["at"]))


async def triggers(installation: Installation) -> list[Any]:
    return await settled(installation, installation.topics.triggers("unitary"))

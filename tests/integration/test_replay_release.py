"""Early calls, released when their campaign has started."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from consumer.campaigns.registry import Registry
from consumer.kafka.cluster import Cluster
from consumer.replay.release import Releaser, watch
from consumer.replay.writer import writing
from tests.builders import campaign, trigger
from tests.installation import Installation, Json, eventually
from tests.replays import order

TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
async def early(installation: Installation) -> AsyncIterator[Installation]:
    """Two early calls of each of two campaigns, and an engine."""
    for id_ in ("one", "two"):
        await installation.activate(campaign(id=id_, start=TOMORROW))
    async with installation.engine():
        await installation.send(*(trigger(campaignId=id_) for id_ in ("one", "two", "one", "two")))
        await installation.dead_letters(4)
        yield installation


def releaser(installation: Installation) -> Releaser:
    cluster = Cluster.of(installation.settings)
    return Releaser(cluster, Registry(installation.database), order())


async def campaigns_of(deliveries: Sequence[Json]) -> Counter[str]:
    return Counter(delivery["campaignId"] for delivery in deliveries)


async def test_early_calls_are_released_once_when_their_campaign_has_started(early: Installation) -> None:
    one = releaser(early)
    assert (await one.release()).replayed == 0
    await early.activate(campaign(id="one"))
    assert (await one.release()).replayed == 2
    assert (await one.release()).replayed == 0
    assert (await releaser(early).release()).replayed == 0
    await eventually(lambda: _delivered(early, 2))
    await early.activate(campaign(id="two"))
    assert (await one.release()).replayed == 2
    await eventually(lambda: _delivered(early, 4))
    assert await campaigns_of(await early.deliveries()) == {"one": 2, "two": 2}


async def test_a_restored_registry_is_asked_and_not_memory(early: Installation) -> None:
    one = releaser(early)
    assert (await one.release()).replayed == 0
    await early.activate(campaign(id="one"))
    assert (await one.release()).replayed == 2
    async with early.database.transaction() as connection:
        await connection.execute("DELETE FROM campaign_versions WHERE campaign_id = 'one' AND version = 2")
        await connection.execute("UPDATE campaign_versions SET status = 'live'")
        await connection.execute("UPDATE campaigns SET revision = 1")
        await connection.execute("UPDATE registry_revision SET revision = 1")
    await eventually(lambda: _dead_letters_one_more(early))
    assert (await one.release()).replayed == 0


async def _dead_letters_one_more(installation: Installation) -> bool:
    """Once the consumers have noticed, a call is early again."""
    before = len(await installation.dead_letters())
    count = len(await installation.executions())
    await installation.send(trigger(campaignId="one"))
    await installation.executions(count + 1)
    return len(await installation.dead_letters()) > before


async def _delivered(installation: Installation, count: int) -> bool:
    return len(await installation.deliveries()) >= count


async def test_nobody_is_fenced_while_nothing_is_due(early: Installation) -> None:
    await early.activate(campaign(id="one"))
    assert (await releaser(early).release()).replayed == 2
    async with writing(Cluster.of(early.settings)) as writer:
        # "one" has started, but its calls were released already.
        assert (await releaser(early).release()).replayed == 0
        await writer.commit([])


async def test_calls_that_come_while_watching_are_released(early: Installation) -> None:
    stop = asyncio.Event()
    watching = asyncio.create_task(watch(releaser(early), 0.2, stop))
    await early.send(trigger(campaignId="two"))
    await early.dead_letters(5)
    await early.activate(campaign(id="two"))
    await eventually(lambda: _delivered(early, 3))
    stop.set()
    await watching
    assert await campaigns_of(await early.deliveries()) == {"two": 3}


async def test_a_watch_without_kafka_waits_and_ends_when_told(installation: Installation) -> None:
    away = installation.settings.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})
    stop = asyncio.Event()
    watcher = Releaser(Cluster.of(away), Registry(installation.database), order())
    watching = asyncio.create_task(watch(watcher, 0.1, stop))
    done, _ = await asyncio.wait({watching}, timeout=1)
    assert not done
    stop.set()
    await watching

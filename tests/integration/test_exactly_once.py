"""Each trigger takes effect once, though it may be decided more than once. What crashes: tests/faults."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from config.kafka import kafka_client_options
from consumer.campaigns.registry import Registry
from consumer.exactly_once.handler import Ownership
from consumer.exactly_once.transaction import Transactor
from consumer.kafka.fencing import Membership, StaleMembership, membership, stable_offsets
from consumer.kafka.record import Outgoing
from consumer.monitoring.metrics import Metrics
from consumer.rules.policy import Policy
from consumer.store.batch import DatabaseBatchStore
from consumer.store.partitions import raise_epochs
from consumer.triggers.handle import CampaignHandler
from consumer.triggers.publish import Publisher
from tests.builders import campaign, recipient, trigger
from tests.installation import Installation, eventually, headers

# --- a second run that decides otherwise -------------------------------------------------------------


async def test_a_rerun_that_decides_otherwise_releases_its_claims_and_announces_its_profiles(
    installation: Installation,
) -> None:
    end = datetime.now(UTC) + timedelta(seconds=5)
    await installation.activate(campaign(end=end.isoformat()))
    await installation.send(trigger(recipient("alice@example.com"), requestId="r-1"))
    await crash_before_the_kafka_commit(installation)
    assert await claim_count(installation) == 1
    await eventually(lambda: datetime.now(UTC) > end)

    async with installation.engine():
        [letter] = await installation.dead_letters(1)

        assert headers(letter)["clarion.reason"] == "after_end"
        assert await claim_count(installation) == 0
        [announced] = await installation.profiles_created()
        assert announced["userId"] == "alice@example.com"
        assert announced["profileId"] == await profile_id(installation)

        await installation.activate(campaign())  # without an end: open again
        await installation.send(letter.value, headers=list(letter.headers))
        [_, replayed] = await installation.executions(2)

    assert [outcome["outcome"] for outcome in replayed["outcomes"]] == ["delivery"]
    assert len(await installation.deliveries()) == 1
    assert len(await installation.profiles_created()) == 1


async def test_a_rerun_that_decides_the_same_delivers_by_its_own_claims_and_announces_its_profiles(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    await installation.send(trigger(recipient("alice@example.com")))
    await crash_before_the_kafka_commit(installation)

    async with installation.engine():
        [execution] = await installation.executions(1)

    assert [outcome["outcome"] for outcome in execution["outcomes"]] == ["delivery"]
    assert len(await installation.deliveries()) == 1
    [announced] = await installation.profiles_created()
    assert announced["profileId"] == await profile_id(installation)


async def test_a_rerun_releases_only_what_it_no_longer_delivers(installation: Installation) -> None:
    await installation.activate(campaign())
    two = trigger(recipient("alice@example.com"), recipient("bob@example.com"))
    await installation.send(two)
    await crash_before_the_kafka_commit(installation)
    await suppress(installation, "bob@example.com")

    async with installation.engine():
        [execution] = await installation.executions(1)

    assert [outcome["outcome"] for outcome in execution["outcomes"]] == ["delivery", "exclusion"]
    assert await claim_count(installation) == 1


async def crash_before_the_kafka_commit(installation: Installation) -> None:
    """Do what a process has done that dies between its database commit and its Kafka commit."""
    topic, group_id = installation.topics.triggers("unitary"), installation.settings.group_for("unitary")
    partitions = range(installation.settings.topic_partitions)
    stored = await raise_epochs(installation.database, group_id, topic, partitions)
    registry = Registry(installation.database)
    await registry.load()
    handler = CampaignHandler(
        lane="unitary",
        registry=registry,
        store=DatabaseBatchStore(installation.database),
        publisher=Publisher(installation.topics),
        metrics=Metrics("unitary"),
        policy=Policy(),
    )
    epochs = {number: row.epoch for number, row in stored.items()}
    prepared = await handler.prepare(
        await installation.read(topic), Ownership(group_id, topic, epochs), refused={}
    )
    assert prepared.outgoing, "there was something to crash with"


# --- fencing by the group ----------------------------------------------------------------------------


async def test_a_stale_generation_commits_nothing(installation: Installation) -> None:
    topic = installation.topics.triggers("unitary")
    first = TopicPartition(topic, 0)
    transactor = Transactor(kafka_client_options(installation.settings), f"{topic}.t", 10_000)
    async with joined(installation) as (consumer, stale), joined(installation):
        with pytest.raises(StaleMembership):
            await transactor.commit([execution_record(installation, b"stale")], {first: 5}, stale)
        current = await later_generation(consumer, stale)
        assert await stable_offsets(consumer, [first]) == {first: None}

        await transactor.commit([execution_record(installation, b"current")], {first: 6}, current)

        assert await stable_offsets(consumer, [first]) == {first: 6}
    await transactor.stop()
    records = await installation.read(installation.topics.executions)
    assert [record.value for record in records] == [b"current"]


def execution_record(installation: Installation, value: bytes) -> Outgoing:
    return Outgoing(installation.topics.executions, b"key", value, [])


@asynccontextmanager
async def joined(installation: Installation) -> AsyncIterator[tuple[AIOKafkaConsumer, Membership]]:
    """A member of the engine's group."""
    consumer = AIOKafkaConsumer(
        installation.topics.triggers("unitary"),
        **kafka_client_options(installation.settings),
        group_id=installation.settings.group_for("unitary"),
        enable_auto_commit=False,
        heartbeat_interval_ms=100,
    )
    async with consumer:
        member = membership(consumer)
        assert member is not None
        yield consumer, member


async def later_generation(consumer: AIOKafkaConsumer, before: Membership) -> Membership:
    def later() -> Membership | None:
        now = membership(consumer)
        return now if now and now.generation_id > before.generation_id and consumer.assignment() else None

    found: Membership = await eventually(later)
    return found


# --- the same request more than once -----------------------------------------------------------------


async def test_the_same_request_twice_in_a_batch_is_delivered_once(installation: Installation) -> None:
    await installation.activate(campaign())
    one = trigger(requestId="r-1")
    await installation.send(one, one, one)

    async with installation.engine(batch_linger_ms=500):
        executions = await installation.executions(3)

    assert outcomes(executions) == {("delivery", None): 1, ("exclusion", "duplicate"): 2}
    assert executions[0]["outcomes"][0]["outcome"] == "delivery", "the first offset wins"
    assert len(await installation.deliveries()) == 1


async def test_a_conflict_in_a_batch_is_told_and_the_first_is_delivered(installation: Installation) -> None:
    await installation.activate(campaign())
    await installation.send(
        trigger(requestId="r-1"), trigger(requestId="r-1", context={"name": "somebody else"})
    )

    async with installation.engine(batch_linger_ms=500):
        executions = await installation.executions(2)
        [letter] = await installation.dead_letters(1)

    assert outcomes(executions) == {("delivery", None): 1, ("rejection", "request_conflict"): 1}
    assert headers(letter)["clarion.origin.offset"] == "1"


async def test_processes_that_race_for_the_same_requests_deliver_each_once(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    triggers = [trigger(recipient(f"person-{n}@example.com"), requestId=f"r-{n}") for n in range(100)]
    async with installation.engine(batch_max=5), installation.engine(batch_max=5):
        await asyncio.gather(
            *(
                installation.send(one, partition=partition)
                for one in triggers
                for partition in range(installation.settings.topic_partitions)
            )
        )
        executions = await installation.executions(300)

    assert outcomes(executions) == {("delivery", None): 100, ("exclusion", "duplicate"): 200}
    delivered = Counter(delivery["requestId"] for delivery in await installation.deliveries())
    assert delivered == {f"r-{n}": 1 for n in range(100)}
    assert len(await installation.profiles_created()) == 100


def outcomes(executions: list[dict[str, list[dict[str, str]]]]) -> Counter[tuple[str, str | None]]:
    return Counter(
        (outcome["outcome"], outcome.get("reason"))
        for execution in executions
        for outcome in execution["outcomes"]
    )


# --- looking into the database -----------------------------------------------------------------------


async def claim_count(installation: Installation) -> int:
    async with installation.database.connection() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM claims"))


async def profile_id(installation: Installation) -> str:
    async with installation.database.connection() as connection:
        return str(await connection.fetchval("SELECT id FROM profiles"))


async def suppress(installation: Installation, address: str) -> None:
    async with installation.database.connection() as connection:
        await connection.execute(
            "INSERT INTO suppressions (channel, address, reason) VALUES ('email', $1, 'bounce')", address
        )

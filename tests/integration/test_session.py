"""Data that cannot be written, a database that makes wait, a decision that grows old."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe

import orjson
import pytest
from aiokafka.structs import ConsumerRecord, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it does not say that it exports these
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from consumer.app import Engine
from consumer.exactly_once.fault_points import FaultPoint, FaultPoints
from consumer.exactly_once.inbox import Inbox
from consumer.kafka.record import Record
from tests.builders import campaign, recipient, trigger
from tests.installation import Installation, eventually, headers, metric

# --- an error of data does not stall its partition ---------------------------------------------------


async def test_data_that_the_database_refuses_is_rejected_alone(installation: Installation) -> None:
    await installation.activate(campaign())
    async with installation.database.connection() as connection:
        await connection.execute("ALTER TABLE identities ADD CHECK (value <> 'poison@example.com')")
    people = [f"person-{n}@example.com" for n in range(20)]
    people[7] = "poison@example.com"
    await installation.send(*(trigger(recipient(person), requestId=person) for person in people))

    async with installation.engine(batch_linger_ms=500):
        executions = await installation.executions(20)
        [letter] = await installation.dead_letters(1)

    assert headers(letter)["clarion.reason"] == "internal_error"
    assert headers(letter)["clarion.request-id"] == "poison@example.com"
    assert sorted(execution["requestId"] for execution in executions) == sorted(people)
    assert {d["requestId"] for d in await installation.deliveries()} == {*people} - {"poison@example.com"}
    assert await claim_count(installation) == 19


async def test_a_delivery_too_large_for_its_topic_is_rejected_alone_and_its_claim_released(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    await limit(installation, f"{installation.topics.prefix}deliveries.email", max_message_bytes=20_000)
    names = ["Alice"] * 12
    names[5] = token_urlsafe(22_500)  # 30,000 letters, which no codec makes smaller than the limit
    await installation.send(
        *(trigger(requestId=f"r-{n}", context={"name": name}) for n, name in enumerate(names))
    )

    async with installation.engine(batch_linger_ms=500):
        await installation.executions(12)
        [letter] = await installation.dead_letters(1)
        assert await claim_count(installation) == 11
        await installation.send(trigger(requestId="r-12"))
        await installation.executions(13)

    assert headers(letter)["clarion.reason"] == "content_too_large"
    assert headers(letter)["clarion.request-id"] == "r-5"
    delivered = [delivery["requestId"] for delivery in await installation.deliveries()]
    assert delivered == [f"r-{n}" for n in range(13) if n != 5]
    assert len(await installation.profiles_created()) == 1


def test_records_tried_one_by_one_are_taken_from_each_partition_in_turn() -> None:
    inbox = Inbox()
    for partition in range(3):
        inbox.put({TopicPartition("triggers", partition): [record(partition, n) for n in range(100)]})

    taken = [inbox.take(1)[0] for _ in range(6)]

    assert sorted((one.partition, one.offset) for one in taken) == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
        (2, 0),
        (2, 1),
    ]


def record(partition: int, offset: int) -> Record:
    return ConsumerRecord("triggers", partition, offset, 0, 0, None, b"{}", None, 0, 2, ())


async def test_a_topic_that_takes_nothing_of_what_a_trigger_makes_is_waited_for(
    installation: Installation,
) -> None:
    triggers = [trigger(), trigger()]
    await installation.activate(campaign())
    # Room for the end of a transaction, which is a record too, and for nothing else.
    await limit(installation, installation.topics.executions, max_message_bytes=100)
    async with installation.engine() as engine:
        await installation.send(*triggers)
        await eventually(lambda: "topics create --fix" in " ".join(engine.not_ready_because()))
        await limit(installation, installation.topics.executions, max_message_bytes=1_000_000)
        await installation.executions(2)
        await eventually(lambda: not engine.not_ready_because())

    # The one whose turn it was may be a dead letter, to be replayed: with its original.
    letters = [orjson.loads(letter.value or b"null") for letter in await installation.dead_letters()]
    outcomes = [one["requestId"] for one in (*await installation.deliveries(), *letters)]
    assert sorted(outcomes) == sorted(one["requestId"] for one in triggers)


async def limit(installation: Installation, topic: str, *, max_message_bytes: int) -> None:
    entry = ConfigEntry(
        "max.message.bytes", str(max_message_bytes), incremental_operation=AlterConfigOpType.SET
    )
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    client = AdminClient({"bootstrap.servers": installation.settings.kafka_bootstrap_servers or ""})
    await asyncio.to_thread(client.incremental_alter_configs([resource])[resource].result, 30)


# --- an old decision is never sent -------------------------------------------------------------------


async def test_a_batch_that_waits_past_the_campaigns_end_is_decided_anew(installation: Installation) -> None:
    end = datetime.now(UTC) + timedelta(seconds=2)
    await installation.activate(campaign(end=end.isoformat()))
    async with installation.engine():
        async with locked(installation, "claims"):
            await installation.send(trigger())
            await eventually(lambda: is_waiting_for_a_lock(installation))
            assert datetime.now(UTC) < end, "too late to have decided before the end"
            await eventually(lambda: datetime.now(UTC) > end)
        [letter] = await installation.dead_letters(1)

    assert headers(letter)["clarion.reason"] == "after_end"
    assert await installation.deliveries() == []
    assert await claim_count(installation) == 0
    assert len(await installation.profiles_created()) == 1


async def test_a_batch_that_waits_while_its_campaign_is_replaced_is_decided_anew(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    async with installation.engine():
        async with locked(installation, "claims"):
            await installation.send(trigger())
            await eventually(lambda: is_waiting_for_a_lock(installation))
            await installation.activate(campaign(title="Another"))
            # As long as a decision may wait, and a little more.
            waited_until = asyncio.get_running_loop().time() + 2.5
            await eventually(lambda: asyncio.get_running_loop().time() > waited_until)
        [execution] = await installation.executions(1)

    assert execution["campaignVersion"] == 2
    [delivery] = await installation.deliveries()
    assert delivery["campaignVersion"] == 2


# --- back-pressure -----------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["partitions", "claims"])
async def test_a_database_that_makes_wait_longer_than_the_session_costs_no_membership(
    installation: Installation, table: str
) -> None:
    await installation.activate(campaign())
    async with installation.engine(session_timeout_ms=6_000) as engine:
        await installation.send(trigger())
        await installation.executions(1)
        async with locked(installation, table):
            await installation.send(*(trigger() for _ in range(20)))
            waited_until = asyncio.get_running_loop().time() + 7
            await eventually(lambda: asyncio.get_running_loop().time() > waited_until)
        executions = await installation.executions(21)
        assert await metric(engine.port, "clarion_rebalances_total") == 1

    assert len(executions) == 21
    assert len(await installation.deliveries()) == 21


@asynccontextmanager
async def locked(installation: Installation, table: str) -> AsyncIterator[None]:
    async with installation.database.transaction() as connection:
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


async def is_waiting_for_a_lock(installation: Installation) -> bool:
    async with installation.database.connection() as connection:
        return bool(
            await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        )


async def claim_count(installation: Installation) -> int:
    async with installation.database.connection() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM claims"))


async def test_a_process_is_not_ready_before_the_partitions_that_it_gets_are_open(
    installation: Installation,
) -> None:
    """The client knows its group and its partitions before anything can be executed."""
    at_assignment: list[list[str]] = []

    def reached(point: FaultPoint) -> None:
        if point is FaultPoint.ASSIGNED:
            at_assignment.append(engine.not_ready_because())

    engine, stop = Engine(installation.settings, "unitary", FaultPoints(reached)), asyncio.Event()
    running = asyncio.create_task(engine.run(stop))
    await eventually(lambda: at_assignment and not engine.not_ready_because())
    stop.set()
    await running
    assert at_assignment[0] == ["the group has not shared out its partitions yet"]

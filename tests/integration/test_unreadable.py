"""A batch that cannot be read: its partition stops there and says so, and the others lose nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition
from confluent_kafka import Consumer
from structlog.testing import capture_logs

from tests.builders import campaign, recipient, trigger
from tests.commands import ended, start
from tests.damage import Damage, damage, flip_a_bit, garble, use_an_unknown_codec
from tests.installation import Installation, eventually
from tests.projecting import all_there, projector
from tests.replays import put_letters, triggers

MANY = 300
KINDS = [
    pytest.param(flip_a_bit, "CRC", id="checksum"),
    pytest.param(use_an_unknown_codec, "codec", id="unknown-codec"),
    pytest.param(garble, "", id="garbled"),
]


async def send(installation: Installation, partition: int, count: int) -> None:
    for _ in range(count):
        await installation.send(trigger(recipient(f"{partition}@b.c")), partition=partition)


@pytest.mark.parametrize(("how", "word"), KINDS)
async def test_its_partition_stops_and_the_others_go_on(
    installation: Installation, how: Damage, word: str
) -> None:
    topic = installation.topics.triggers("unitary")
    await installation.activate(campaign())
    await installation.send_all(trigger(recipient(f"{n}@b.c")) for n in range(MANY))
    before = len([record for record in await installation.read(topic) if record.partition == 0])
    await send(installation, 0, 3)
    repair = damage(installation, topic, 0, before + 1, how)
    with capture_logs() as logs:
        async with installation.starting_engine() as engine:
            await installation.executions(MANY + 1)
            # A probe's answer from before the start may still stand beside it.
            await eventually(lambda: ["stopped" in one for one in engine.not_ready_because()] == [True])
            [reason] = engine.not_ready_because()
            stopped = f"partition 0 of {topic} is stopped at offset {before + 1}: its batch cannot be read ("
            assert reason.startswith(stopped)
            assert word in reason
            await send(installation, 1, 2)
            executed = await installation.executions(MANY + 3)
            assert (0, before + 1) not in places(executed)
            assert engine.not_ready_because() == [reason]
            repair()
            executed = await installation.executions(MANY + 5)
            await eventually(lambda: not engine.not_ready_because())
    assert set(places(executed).values()) == {1}
    assert [line["event"] for line in logs].count("partition stopped") == 1
    assert [line["event"] for line in logs].count("partition continues") == 1


def places(executions: list[dict[str, dict[str, int]]]) -> Counter[tuple[int, int]]:
    return Counter((each["source"]["partition"], each["source"]["offset"]) for each in executions)


async def test_deleting_the_records_up_to_it_lets_the_partition_go_on(installation: Installation) -> None:
    topic = installation.topics.triggers("unitary")
    await installation.activate(campaign())
    await send(installation, 0, 3)
    damage(installation, topic, 0, 1, flip_a_bit)
    async with installation.starting_engine() as engine:
        await installation.executions(1)
        await eventually(lambda: "stopped at offset 1" in str(engine.not_ready_because()))
        async with admin(installation) as client:
            await client.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=2)})
        await installation.executions(2)
        await eventually(lambda: not engine.not_ready_because())


@asynccontextmanager
async def admin(installation: Installation) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=installation.settings.kafka_bootstrap_servers or "")
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def test_the_projector_projects_the_other_partitions_and_says_so(installation: Installation) -> None:
    topic = installation.topics.executions
    await installation.activate(campaign())
    await send(installation, 0, 20)
    async with installation.engine():
        executed = await installation.read(topic) if await installation.executions(20) else []
    lost = [record for record in executed if record.partition == executed[0].partition]
    repair = damage(installation, topic, lost[0].partition, lost[0].offset, flip_a_bit)
    once = await ended(await start(installation, "project", "--once"))
    assert once.code == 1
    assert f"Partition {lost[0].partition} of {topic} is stopped at offset {lost[0].offset}" in once.err
    async with projector(installation, ready=False) as projecting:
        await eventually(lambda: "cannot be read" in str(projecting.not_ready_because()))
        repair()
        await eventually(lambda: all_there(installation, 20))
        await eventually(lambda: not projecting.not_ready_because())


async def test_a_replay_past_it_is_refused_and_writes_nothing(installation: Installation) -> None:
    await put_letters(installation, 3)
    damage(installation, installation.topics.dead_letters, 0, 1, flip_a_bit)
    replayed = await ended(await start(installation, "dead-letters", "replay", "--execute"))
    assert replayed.code == 1
    assert f"Partition 0 of {installation.topics.dead_letters} is stopped at offset 1" in replayed.err
    assert await triggers(installation) == []


async def test_polls_that_fail_make_the_process_not_ready_with_the_cause(installation: Installation) -> None:
    """Some other application uses the group, by a protocol that does not go with ours."""
    other = Consumer(
        {
            "bootstrap.servers": installation.settings.kafka_bootstrap_servers,
            "group.id": installation.settings.group_for("unitary"),
            "partition.assignment.strategy": "cooperative-sticky",
        }
    )
    other.subscribe([installation.topics.triggers("unitary")])
    await eventually(lambda: asyncio.to_thread(lambda: other.poll(0.1) is None and other.assignment()))
    await installation.activate(campaign())
    with capture_logs() as logs:
        async with installation.starting_engine() as engine:
            await eventually(lambda: "polling Kafka fails: [Error 23]" in str(engine.not_ready_because()))
            await eventually(lambda: [line for line in logs if line["event"] == "consumer replaced"])
            other.close()
            await installation.send(trigger())
            await installation.executions(1)
            await eventually(lambda: not engine.not_ready_because())
    assert len([line for line in logs if "polling failed" in line["event"]]) == 1

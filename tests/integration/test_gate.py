"""Where an engine goes on: after lost offsets, a recreated topic, a transaction left open."""
# mypy: allow-untyped-calls

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.conn import AIOKafkaConnection
from aiokafka.structs import TopicPartition
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # it does export it
from structlog.testing import capture_logs

from config.kafka import kafka_client_options
from consumer.kafka.fencing import FencedProducer, membership
from tests.builders import campaign, trigger
from tests.installation import Installation, eventually, metric

OFFSET_FETCH = 9
"""As requests name it."""

# --- lost offsets ------------------------------------------------------------------------------------


async def delete_the_group(installation: Installation) -> None:
    group_id = installation.settings.group_for("unitary")
    client = admin(installation)
    await asyncio.to_thread(client.delete_consumer_groups([group_id])[group_id].result, 30)


async def reset_to_the_beginning(installation: Installation) -> None:
    topic, group_id = installation.topics.triggers("unitary"), installation.settings.group_for("unitary")
    positions = [Position(topic, number, 0) for number in range(installation.settings.topic_partitions)]
    client = admin(installation)
    asked = client.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group_id, positions)])
    await asyncio.to_thread(asked[group_id].result, 30)


@pytest.mark.parametrize("lose_offsets", [delete_the_group, reset_to_the_beginning])
async def test_lost_offsets_send_nothing_again(
    installation: Installation, lose_offsets: Callable[[Installation], Awaitable[None]]
) -> None:
    await installation.activate(campaign())
    async with installation.engine():
        await installation.send(*(trigger() for _ in range(5)))
        await installation.send(*(trigger() for _ in range(5)), partition=1)
        await installation.executions(10)

    await lose_offsets(installation)

    with capture_logs() as logs:
        async with installation.engine() as engine:
            await installation.send(trigger(requestId="new"), trigger(requestId="new too"))
            executions = await installation.executions(12)
            assert await metric(engine.port, "clarion_lost_offsets_total") == 2
    assert len(executions) == 12
    assert len(await installation.deliveries()) == 12
    warnings = [log for log in logs if "was lost or set back" in log["event"]]
    assert sorted((log["partition"], log["stored"]) for log in warnings) == [(0, 5), (1, 5)]
    assert {log["log_level"] for log in warnings} == {"warning"}


async def test_a_recreated_topic_is_read_from_its_beginning(installation: Installation) -> None:
    await installation.activate(campaign())
    async with installation.engine():
        await installation.send(*(trigger() for _ in range(5)))
        await installation.executions(5)

    await recreate_triggers(installation)
    await installation.send(trigger(requestId="new"), trigger(requestId="new too"))

    with capture_logs() as logs:
        async with installation.engine():
            executions = await installation.executions(7)
    assert {"new", "new too"} <= {execution["requestId"] for execution in executions}
    assert any("the topic was recreated" in log["event"] for log in logs)


async def recreate_triggers(installation: Installation) -> None:
    topic = installation.topics.triggers("unitary")
    client = admin(installation)
    await asyncio.to_thread(client.delete_topics([topic])[topic].result, 30)
    new = NewTopic(topic, installation.settings.topic_partitions, 1)

    async def is_created() -> bool:
        try:
            await asyncio.to_thread(client.create_topics([new])[topic].result, 30)
        except KafkaException:
            return False
        return True

    await eventually(is_created)
    await installation.producer.client.force_metadata_update()


# --- a transaction left open -------------------------------------------------------------------------

TEN_MINUTES = 600_000


async def test_an_instance_that_comes_again_ends_its_own_transaction_at_once(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    await installation.send(trigger(requestId="r-1"), trigger(requestId="r-2"))
    async with left_open(installation, instance="one"):
        started_at = monotonic()
        async with installation.engine(instance_id="one", transaction_timeout_ms=TEN_MINUTES):
            executions = await installation.executions(2)

    assert monotonic() - started_at < 20
    assert {execution["requestId"] for execution in executions} == {"r-1", "r-2"}


async def test_offsets_that_an_open_transaction_may_still_commit_are_waited_for(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    await installation.send(trigger(requestId="r-1"), trigger(requestId="r-2"))
    async with (
        left_open(installation, instance="other") as producer,
        installation.starting_engine() as engine,
    ):
        await eventually(lambda: engine.not_ready_because() == ["not all assigned partitions are open yet"])

        await producer.commit_transaction()

        executions = await installation.executions(2)
    # The first trigger was the other instance's, which wrote this in place of an execution.
    assert {execution.get("requestId") for execution in executions} == {None, "r-2"}


@asynccontextmanager
async def left_open(installation: Installation, *, instance: str) -> AsyncIterator[FencedProducer]:
    """An instance that has left the group, whose transaction with the first trigger is still open."""
    topic, group_id = installation.topics.triggers("unitary"), installation.settings.group_for("unitary")
    options: Any = kafka_client_options(installation.settings)
    producer = FencedProducer(
        **options, transactional_id=f"{group_id}.{instance}", transaction_timeout_ms=TEN_MINUTES
    )
    await producer.start()
    try:
        async with AIOKafkaConsumer(
            topic, **options, group_id=group_id, enable_auto_commit=False
        ) as consumer:
            member = membership(consumer)
            assert member is not None
            await producer.begin_transaction()
            await producer.send_and_wait(installation.topics.executions, b"{}", partition=0)
            await producer.send_offsets_fenced({TopicPartition(topic, 0): 1}, member)
        yield producer
    finally:
        await producer.abandon()


# --- asking ------------------------------------------------------------------------------------------


def admin(installation: Installation) -> AdminClient:
    return AdminClient({"bootstrap.servers": installation.settings.kafka_bootstrap_servers or ""})


# --- an old broker -----------------------------------------------------------------------------------


async def test_brokers_that_are_too_old_are_a_cause_of_not_being_ready(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they say which versions of OffsetFetch they know: from 7 on it can wait for open transactions."""
    look_up = AIOKafkaConnection._do_version_lookup  # noqa: SLF001 - the only place where they are known

    async def look_up_old(connection: AIOKafkaConnection) -> None:
        await look_up(connection)
        connection._versions |= {OFFSET_FETCH: (0, 5)}  # noqa: SLF001 - as above

    monkeypatch.setattr(AIOKafkaConnection, "_do_version_lookup", look_up_old)
    async with installation.starting_engine() as engine:
        await eventually(
            lambda: (
                "OffsetFetchRequest_v7; Clarion needs Kafka 2.5 or newer" in str(engine.not_ready_because())
            )
        )

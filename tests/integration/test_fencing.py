"""The contract of kafka/fencing with aiokafka and a real broker: to be kept by any newer aiokafka."""
# mypy: allow-untyped-calls

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    IllegalOperation,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
)
from aiokafka.structs import TopicPartition

from consumer.kafka.fencing import (
    FencedProducer,
    Membership,
    StaleMembership,
    is_member,
    membership,
    stable_offsets,
)

DEADLINE = 30.0


@pytest.fixture
async def topic(bootstrap_servers: str) -> str:
    """A topic of two partitions; its name is the group's and the transactional.id's too."""
    return await create_topic(bootstrap_servers)


async def create_topic(bootstrap_servers: str, **configs: str) -> str:
    name = f"fencing-{uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 2, 1, topic_configs=configs)])
    finally:
        await admin.close()
    return name


@asynccontextmanager
async def joined(
    bootstrap_servers: str, topic: str, **settings: Any
) -> AsyncIterator[tuple[AIOKafkaConsumer, Membership]]:
    """A consumer that is in the group, and its membership."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap_servers,
        group_id=topic,
        enable_auto_commit=False,
        heartbeat_interval_ms=100,
        **settings,
    )
    await consumer.start()  # returns once partitions are assigned
    try:
        member = membership(consumer)
        assert member is not None
        yield consumer, member
    finally:
        await consumer.stop()


@asynccontextmanager
async def started(
    bootstrap_servers: str, transactional_id: str, **settings: Any
) -> AsyncIterator[FencedProducer]:
    producer = FencedProducer(
        bootstrap_servers=bootstrap_servers, transactional_id=transactional_id, retry_backoff_ms=5, **settings
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.abandon()


async def begin_and_send(producer: AIOKafkaProducer, topic: str, value: bytes) -> None:
    await producer.begin_transaction()
    await producer.send_and_wait(topic, value, partition=0)


async def committed_values(bootstrap_servers: str, topic: str) -> list[bytes]:
    """All that a read_committed reader finds in partition 0, up to a record written here to mark the end."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers)
    async with producer:
        await producer.send_and_wait(topic, b"end", partition=0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    values: list[Any] = []
    async with consumer, asyncio.timeout(DEADLINE):
        consumer.assign([TopicPartition(topic, 0)])
        while values[-1:] != [b"end"]:
            values.append((await consumer.getone()).value)
    return values[:-1]


async def test_offsets_of_the_current_member_are_committed_with_the_transaction(
    bootstrap_servers: str, topic: str
) -> None:
    first, second = TopicPartition(topic, 0), TopicPartition(topic, 1)
    async with (
        joined(bootstrap_servers, topic) as (consumer, member),
        started(bootstrap_servers, topic) as producer,
    ):
        assert await stable_offsets(consumer, [first, second]) == {first: None, second: None}
        await begin_and_send(producer, topic, b"one")
        await producer.send_offsets_fenced({first: 3, second: 5}, member)
        await producer.send_offsets_fenced({second: 7}, member)
        assert await consumer.committed(first) is None

        await producer.commit_transaction()

        assert await stable_offsets(consumer, [first, second]) == {first: 3, second: 7}
    assert await committed_values(bootstrap_servers, topic) == [b"one"]


async def test_no_offsets_at_all_are_sent_at_once(bootstrap_servers: str, topic: str) -> None:
    async with (
        joined(bootstrap_servers, topic) as (consumer, member),
        started(bootstrap_servers, topic) as producer,
    ):
        await producer.begin_transaction()
        await producer.send_offsets_fenced({}, member)
        await producer.commit_transaction()
        assert await stable_offsets(consumer, []) == {}


async def test_a_member_of_an_earlier_generation_cannot_commit(bootstrap_servers: str, topic: str) -> None:
    tp = TopicPartition(topic, 0)
    async with (
        joined(bootstrap_servers, topic) as (consumer, stale),
        joined(bootstrap_servers, topic),
        started(bootstrap_servers, topic) as producer,
    ):
        await begin_and_send(producer, topic, b"stale")
        with pytest.raises(StaleMembership):
            await producer.send_offsets_fenced({tp: 1}, stale)
        with pytest.raises(StaleMembership):
            await producer.commit_transaction()
        await producer.abort_transaction()

        current = await rejoined(consumer, stale)
        await begin_and_send(producer, topic, b"current")
        await producer.send_offsets_fenced({tp: 2}, current)
        await producer.commit_transaction()

        assert await stable_offsets(consumer, [tp]) == {tp: 2}
    assert await committed_values(bootstrap_servers, topic) == [b"current"]


async def test_a_refusal_that_comes_during_the_abort_does_not_disturb_it(
    bootstrap_servers: str, topic: str
) -> None:
    tp = TopicPartition(topic, 0)
    async with (
        joined(bootstrap_servers, topic) as (consumer, member),
        started(bootstrap_servers, topic) as producer,
    ):
        await begin_and_send(producer, topic, b"cancelled")
        stranger = dataclasses.replace(member, member_id="a stranger")
        sending = asyncio.create_task(producer.send_offsets_fenced({tp: 1}, stranger))
        await asyncio.wait([sending], timeout=0)
        sending.cancel()
        await producer.abort_transaction()

        await commit(producer, topic, {tp: 2}, member)
        assert await stable_offsets(consumer, [tp]) == {tp: 2}
    assert await committed_values(bootstrap_servers, topic) == [b"done"]


async def rejoined(consumer: AIOKafkaConsumer, before: Membership) -> Membership:
    async with asyncio.timeout(DEADLINE):
        while True:
            now = membership(consumer)
            if now and now.generation_id > before.generation_id and await is_member(consumer, now):
                return now


async def test_an_unknown_member_cannot_commit(bootstrap_servers: str, topic: str) -> None:
    async with (
        joined(bootstrap_servers, topic) as (_, member),
        started(bootstrap_servers, topic) as producer,
    ):
        await begin_and_send(producer, topic, b"stranger's")
        with pytest.raises(StaleMembership, match="25"):
            await producer.send_offsets_fenced(
                {TopicPartition(topic, 0): 1}, dataclasses.replace(member, member_id="a stranger")
            )
        await producer.abort_transaction()
    assert await committed_values(bootstrap_servers, topic) == []


async def test_an_instance_that_was_started_again_fences_its_former_self(
    bootstrap_servers: str, topic: str
) -> None:
    async with joined(bootstrap_servers, topic, group_instance_id="one") as (_, former):
        pass  # a static member does not leave its group when it stops
    async with (
        joined(bootstrap_servers, topic, group_instance_id="one"),
        started(bootstrap_servers, topic) as producer,
    ):
        await begin_and_send(producer, topic, b"former")
        with pytest.raises(StaleMembership, match="82"):
            await producer.send_offsets_fenced({TopicPartition(topic, 0): 1}, former)
        await producer.abort_transaction()


async def test_a_membership_that_would_not_fence_is_refused(bootstrap_servers: str, topic: str) -> None:
    async with started(bootstrap_servers, topic) as producer:
        await producer.begin_transaction()
        with pytest.raises(ValueError, match="fencing off"):
            await producer.send_offsets_fenced({TopicPartition(topic, 0): 1}, Membership(topic, -1, ""))


async def test_without_the_file_a_stale_member_commits(bootstrap_servers: str, topic: str) -> None:
    """Why the file exists. Should this fail one day, aiokafka does it by itself."""
    tp = TopicPartition(topic, 0)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, transactional_id=topic)
    async with joined(bootstrap_servers, topic) as (owner, _), producer:
        # This producer works for a member whom the group has never seen, and nobody minds.
        await begin_and_send(producer, topic, b"stale")
        await producer.send_offsets_to_transaction({tp: 99}, topic)
        await producer.commit_transaction()

        assert await stable_offsets(owner, [tp]) == {tp: 99}
    assert await committed_values(bootstrap_servers, topic) == [b"stale"]


@pytest.mark.parametrize("end", ["commit_transaction", "abort_transaction"])
async def test_an_offset_in_an_open_transaction_is_waited_for(
    bootstrap_servers: str, topic: str, end: str
) -> None:
    tp = TopicPartition(topic, 0)
    async with (
        joined(bootstrap_servers, topic) as (consumer, member),
        started(bootstrap_servers, topic) as producer,
    ):
        await commit(producer, topic, {tp: 1}, member)
        await begin_and_send(producer, topic, b"open")
        await producer.send_offsets_fenced({tp: 2}, member)

        waiting = asyncio.create_task(stable_offsets(consumer, [tp]))
        for _ in range(5):  # each is answered after what `waiting` asked before it on the same connection
            assert await is_member(consumer, member)
        assert not waiting.done()
        await getattr(producer, end)()

        async with asyncio.timeout(DEADLINE):
            assert await waiting == {tp: 2 if end == "commit_transaction" else 1}


async def commit(
    producer: FencedProducer, topic: str, offsets: dict[TopicPartition, int], member: Membership
) -> None:
    await begin_and_send(producer, topic, b"done")
    await producer.send_offsets_fenced(offsets, member)
    await producer.commit_transaction()


async def test_an_abandoned_transaction_ends_when_its_producer_is_started_again(
    bootstrap_servers: str, topic: str
) -> None:
    tp = TopicPartition(topic, 0)
    async with joined(bootstrap_servers, topic) as (consumer, member):
        async with started(bootstrap_servers, topic) as killed:
            await begin_and_send(killed, topic, b"abandoned")
            await killed.send_offsets_fenced({tp: 1}, member)
        waiting = asyncio.create_task(stable_offsets(consumer, [tp]))
        for _ in range(5):
            assert await is_member(consumer, member)
        assert not waiting.done()

        async with started(bootstrap_servers, topic), asyncio.timeout(DEADLINE):
            assert await waiting == {tp: None}
    assert await committed_values(bootstrap_servers, topic) == []


async def test_an_abandoned_producer_leaves_no_task_and_no_unanswered_send(
    bootstrap_servers: str, topic: str
) -> None:
    before = asyncio.all_tasks()
    async with started(bootstrap_servers, topic, linger_ms=60_000) as producer:
        await producer.begin_transaction()
        lingering = await producer.send(topic, b"never sent", partition=0)
    assert lingering.exception() is not None
    assert asyncio.all_tasks() == before


async def test_a_member_is_one_until_the_generation_moves_or_it_leaves(
    bootstrap_servers: str, topic: str
) -> None:
    async with joined(bootstrap_servers, topic) as (consumer, first):
        assert await is_member(consumer, first)
        async with joined(bootstrap_servers, topic) as (other, _):
            second = await rejoined(consumer, first)
            assert not await is_member(consumer, first)
            assert not await is_member(other, dataclasses.replace(second, member_id="a stranger"))
            assert await is_member(other, second), "anyone may ask for another"
    assert membership(consumer) is None
    assert not await is_member(consumer, second)


async def test_a_hundred_transactions_follow_each_other(bootstrap_servers: str, topic: str) -> None:
    tp = TopicPartition(topic, 0)
    async with (
        joined(bootstrap_servers, topic) as (consumer, member),
        started(bootstrap_servers, topic) as producer,
        asyncio.timeout(DEADLINE),
    ):
        for next_offset in range(1, 101):
            await commit(producer, topic, {tp: next_offset}, member)
        assert await stable_offsets(consumer, [tp]) == {tp: 100}
    assert len(await committed_values(bootstrap_servers, topic)) == 100


async def test_after_a_record_too_large_for_its_topic_the_producer_is_of_no_more_use(
    bootstrap_servers: str,
) -> None:
    topic = await create_topic(bootstrap_servers, **{"max.message.bytes": "1000"})
    async with started(bootstrap_servers, topic) as producer:
        await producer.begin_transaction()
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, b"x" * 2000, partition=0)
        await producer.abort_transaction()

        # aiokafka has counted a sequence number that the broker has not seen.
        await producer.begin_transaction()
        with pytest.raises(OutOfOrderSequenceNumber):
            await producer.send_and_wait(topic, b"small", partition=0)


async def test_a_record_too_large_for_the_producer_does_it_no_harm(
    bootstrap_servers: str, topic: str
) -> None:
    async with started(bootstrap_servers, topic, max_request_size=1000) as producer:
        await producer.begin_transaction()
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send(topic, b"x" * 2000, partition=0)
        await producer.send_and_wait(topic, b"small", partition=0)
        await producer.commit_transaction()
    assert await committed_values(bootstrap_servers, topic) == [b"small"]


async def test_batches_are_part_of_transactions(bootstrap_servers: str, topic: str) -> None:
    """`append` returns None when the batch is full; its first record may be of any size."""
    async with started(bootstrap_servers, topic, max_batch_size=1000) as producer:
        await producer.begin_transaction()
        batch = producer.create_batch()
        assert batch.append(timestamp=None, key=None, value=b"x" * 2000) is not None
        assert batch.append(timestamp=None, key=None, value=b"y") is None
        sent = await producer.send_batch(batch, topic, partition=0)
        await sent
        await producer.commit_transaction()
    assert await committed_values(bootstrap_servers, topic) == [b"x" * 2000]


async def test_a_fenced_producer_tells_so_and_can_then_only_be_abandoned(
    bootstrap_servers: str, topic: str
) -> None:
    async with joined(bootstrap_servers, topic) as (_, member), started(bootstrap_servers, topic) as fenced:
        await begin_and_send(fenced, topic, b"lost")
        async with started(bootstrap_servers, topic):
            with pytest.raises(ProducerFenced):
                await fenced.send_offsets_fenced({TopicPartition(topic, 0): 1}, member)
            with pytest.raises(AssertionError):
                await fenced.abort_transaction()
            with pytest.raises(IllegalOperation):
                await fenced.send(topic, b"more", partition=0)
    assert await committed_values(bootstrap_servers, topic) == []

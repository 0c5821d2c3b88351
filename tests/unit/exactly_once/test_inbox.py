"""The inbox: bounded, fair to every partition, and each partition in its order."""

import asyncio
from collections.abc import Sequence
from time import monotonic

import pytest
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from consumer.exactly_once.inbox import BATCH_BYTES_MAX, HIGH_WATER_BYTES, LOW_WATER_BYTES, Inbox
from consumer.kafka.record import Record
from tests.builders import record

TOPIC = "clarion.triggers"


def records(partition: int, count: int, *, size: int = 10, first: int = 0) -> list[Record]:
    return [record(b"x" * size, partition=partition, offset=first + n) for n in range(count)]


def inbox_of(*fetched: Sequence[Record]) -> Inbox:
    inbox = Inbox()
    for each in fetched:
        inbox.put({TopicPartition(TOPIC, each[0].partition): each})
    return inbox


def places(taken: Sequence[Record]) -> list[tuple[int, int]]:
    return [(each.partition, each.offset) for each in taken]


def test_a_new_inbox_is_empty_and_has_room() -> None:
    inbox = Inbox()
    assert inbox.is_empty
    assert inbox.has_room
    assert not inbox.is_full
    assert inbox.take(10) == []
    assert inbox.oldest_timestamp() is None


def test_no_more_records_are_taken_than_asked_for() -> None:
    inbox = inbox_of(records(0, 5), records(1, 5))
    assert len(inbox.take(3)) == 3
    assert len(inbox.take(100)) == 7
    assert inbox.is_empty


def test_each_partition_gets_an_equal_share() -> None:
    inbox = inbox_of(records(0, 1_000), records(1, 10), records(2, 1_000))
    taken = [partition for partition, _ in places(inbox.take(30))]
    assert [taken.count(partition) for partition in range(3)] == [10, 10, 10]


def test_what_one_partition_does_not_need_others_get() -> None:
    inbox = inbox_of(records(0, 100), records(1, 2))
    taken = [partition for partition, _ in places(inbox.take(50))]
    assert [taken.count(partition) for partition in range(2)] == [48, 2]


def test_a_busy_partition_does_not_starve_the_others_when_batches_are_small() -> None:
    inbox = inbox_of(records(0, 1_000), records(1, 1))
    taken = places(inbox.take(1)) + places(inbox.take(1))
    assert (1, 0) in taken


def test_a_batch_has_about_4_mb() -> None:
    inbox = inbox_of(records(0, 20, size=1_000_000))
    taken = inbox.take(500)
    assert (
        BATCH_BYTES_MAX <= sum(len(each.value or b"") for each in taken) + 5_000 < BATCH_BYTES_MAX + 1_100_000
    )


def test_a_record_larger_than_a_batch_is_taken_by_itself() -> None:
    inbox = inbox_of(records(0, 2, size=BATCH_BYTES_MAX * 2))
    assert places(inbox.take(500)) == [(0, 0)]
    assert places(inbox.take(500)) == [(0, 1)]


def test_it_is_full_above_the_high_water_mark_and_has_room_below_the_low_one() -> None:
    inbox = inbox_of(records(0, 17, size=1_000_000))
    assert HIGH_WATER_BYTES < 17_000_000
    assert inbox.is_full
    while not inbox.has_room:
        inbox.take(1)
    assert sum(inbox.counts().values()) * 1_000_000 < LOW_WATER_BYTES
    assert not inbox.is_full


def test_keys_and_headers_count_as_well_as_values() -> None:
    heavy = [record(None, key=b"k" * 9_000_000, headers=[("h", b"v" * 9_000_000), ("n", None)])]
    assert inbox_of(heavy).is_full


def test_clearing_forgets_everything() -> None:
    inbox = inbox_of(records(0, 20, size=1_000_000))
    inbox.clear()
    assert inbox.is_empty
    assert inbox.has_room
    assert inbox.take(10) == []


def test_the_oldest_record_is_the_oldest_head() -> None:
    inbox = inbox_of([record(b"", partition=0, timestamp=30)], [record(b"", partition=1, timestamp=20)])
    assert inbox.oldest_timestamp() == 20


sizes = st.integers(0, 3_000_000)


@given(
    st.lists(st.lists(sizes, max_size=8), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(1, 7), st.integers(0, 7)), min_size=1, max_size=30),
)
def test_whatever_is_taken_and_put_back_each_partition_keeps_its_order_and_nothing_is_lost(
    partitions: list[list[int]], steps: list[tuple[int, int]]
) -> None:
    payload = memoryview(bytes(3_000_000))
    inbox, executed = Inbox(), []
    for partition, lengths in enumerate(partitions):
        fetched = [record(payload[:n], partition=partition, offset=o) for o, n in enumerate(lengths)]  # type: ignore[arg-type]
        inbox.put({TopicPartition(TOPIC, partition): fetched})
    for count, kept in [*steps, *[(100, 100)] * 100]:
        taken = inbox.take(count)
        assert len(taken) <= count
        inbox.put_back(taken[kept:])
        executed += places(taken[:kept])
    assert inbox.is_empty
    assert inbox.has_room
    for partition, lengths in enumerate(partitions):
        assert [o for p, o in executed if p == partition] == list(range(len(lengths)))


async def test_waiting_ends_at_once_when_there_are_enough() -> None:
    async with asyncio.timeout(5):
        await inbox_of(records(0, 5)).wait(5, linger_seconds=3_600)


async def test_waiting_ends_at_once_when_the_inbox_is_full() -> None:
    async with asyncio.timeout(5):
        await inbox_of(records(0, 17, size=1_000_000)).wait(500, linger_seconds=3_600)


async def test_waiting_for_room_ends_when_enough_was_taken() -> None:
    inbox = inbox_of(records(0, 17, size=1_000_000))
    waiting = asyncio.create_task(inbox.wait_for_room(3_600))
    while not inbox.has_room:
        await asyncio.sleep(0)
        assert not waiting.done()
        inbox.take(1)
    async with asyncio.timeout(5):
        await waiting


async def test_waiting_for_room_ends_when_its_time_is_over() -> None:
    inbox = inbox_of(records(0, 17, size=1_000_000))
    async with asyncio.timeout(5):
        await inbox.wait_for_room(0.01)
    assert inbox.is_full


async def test_waiting_ends_after_the_linger_when_there_is_something() -> None:
    async with asyncio.timeout(5):
        await inbox_of(records(0, 1)).wait(500, linger_seconds=0.001)


async def test_waiting_goes_on_while_there_is_nothing_and_ends_when_something_comes() -> None:
    inbox = Inbox()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await inbox.wait(1, linger_seconds=0)
    waiting = asyncio.create_task(inbox.wait(2, linger_seconds=3_600))
    for offset in range(2):
        inbox.put({TopicPartition(TOPIC, 0): records(0, 1, first=offset)})
    async with asyncio.timeout(5):
        await waiting


async def test_the_linger_counts_from_the_arrival_of_the_first_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What came while another batch was decided does not wait again."""
    now = monotonic()
    monkeypatch.setattr("consumer.exactly_once.inbox.monotonic", lambda: now)
    inbox = inbox_of(records(0, 1))
    now += 3_000
    inbox.put({TopicPartition(TOPIC, 0): records(0, 1, first=1)})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await inbox.wait(500, linger_seconds=3_600)
    now += 1_000
    async with asyncio.timeout(5):
        await inbox.wait(500, linger_seconds=3_600)
    assert inbox.count == 2


async def test_what_comes_after_a_batch_was_taken_has_a_linger_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = monotonic()
    monkeypatch.setattr("consumer.exactly_once.inbox.monotonic", lambda: now)
    inbox = inbox_of(records(0, 1))
    inbox.take(1)
    now += 4_000
    inbox.put({TopicPartition(TOPIC, 0): records(0, 1, first=1)})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await inbox.wait(500, linger_seconds=3_600)


async def test_waiting_for_a_take_ends_when_records_are_taken() -> None:
    inbox = inbox_of(records(0, 3))
    waiting = asyncio.create_task(inbox.wait_for_take(3_600))
    await asyncio.sleep(0)
    assert not waiting.done()
    inbox.take(1)
    async with asyncio.timeout(5):
        await waiting

"""Batches that unpack to far more than they take on the wire must not end a process by its memory."""

import asyncio

import orjson
import pytest
from aiokafka.structs import TopicPartition
from confluent_kafka import Producer

from consumer.kafka.cluster import Cluster
from consumer.kafka.fencing.unpacking import UNPACKED_BYTES_MAX
from consumer.kafka.fencing.unreadable import TAKEN_BYTES_MAX
from tests.builders import campaign, recipient, trigger
from tests.installation import Installation, eventually, headers

MILLION = 1_000_000


async def produce(installation: Installation, codec: str, *values: bytes) -> None:
    """To partition 0, each in a batch of its own."""
    producer = Producer(
        {
            "bootstrap.servers": installation.settings.kafka_bootstrap_servers,
            "compression.type": codec,
            "enable.idempotence": True,  # or what is sent again arrives in another order
            "message.max.bytes": 1_000 * MILLION,
            "batch.num.messages": 1,
        }
    )
    for value in values:
        producer.produce(installation.topics.triggers("unitary"), value, partition=0)
    assert await asyncio.to_thread(producer.flush, 60) == 0


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd"])
async def test_a_batch_that_unpacks_to_too_much_stops_its_partition_and_no_other(
    installation: Installation, codec: str
) -> None:
    topic = installation.topics.triggers("unitary")
    await installation.activate(campaign())
    await installation.send(trigger(recipient("a@b.c")))
    await produce(installation, codec, bytes(UNPACKED_BYTES_MAX))
    stopped = (
        f"partition 0 of {topic} is stopped at offset 1: its batch cannot be read "
        "(it unpacks to more than 32 MiB)"
    )
    async with installation.starting_engine() as engine:
        await eventually(lambda: engine.not_ready_because() == [stopped])
        await installation.send(trigger(recipient("b@b.c")), partition=1)
        assert len(await installation.executions(2)) == 2
        assert engine.not_ready_because() == [stopped]


async def test_a_poll_takes_a_bounded_part_of_what_a_fetch_unpacks_to(installation: Installation) -> None:
    """Half a megabyte of such batches would be gigabytes; each by itself may be read."""
    sizes = [3 * MILLION + number for number in range(20)]
    await produce(installation, "zstd", *(bytes(size) for size in sizes))
    partition = TopicPartition(installation.topics.triggers("unitary"), 0)
    found: list[int] = []
    async with Cluster.of(installation.settings).reader() as reader:
        reader.assign([partition])
        reader.seek(partition, 0)
        while len(found) < len(sizes):
            taken = [
                len(record.value or b"")
                for records in (await reader.getmany(timeout_ms=1_000)).values()
                for record in records
            ]
            assert sum(taken) < TAKEN_BYTES_MAX + 4 * MILLION
            found += taken
    assert found == sizes


async def test_one_large_value_among_others_is_a_dead_letter(installation: Installation) -> None:
    await installation.activate(campaign())
    large = orjson.dumps(trigger(padding="a" * 20 * MILLION))
    await produce(installation, "zstd", orjson.dumps(trigger()), large, orjson.dumps(trigger()))
    async with installation.engine():
        [letter] = await installation.dead_letters(1)
        assert headers(letter)["clarion.reason"] == "trigger_too_large"
        assert len(await installation.executions(2)) >= 2

"""The ceiling: what Kafka's Python client does in transactions when nothing is done to the records.

Each record's value goes out with as many bytes added as make it a delivery's size. `--batches` writes
prepared batches instead of one record at a time.
"""
# aiokafka has no types.
# ruff: noqa: ANN401
# mypy: allow-untyped-calls

import argparse
import asyncio
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

DELIVERY_BYTES = 1_000
TRANSACTION_RECORDS = 5_000
BATCH_BYTES = 512 * 1024

Fetched = Mapping[TopicPartition, Sequence[Any]]


async def copy(servers: str, topic: str, prefix: str, group: str, *, in_batches: bool) -> None:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=servers,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, transactional_id=group, max_batch_size=BATCH_BYTES, acks="all"
    )
    write = _by_batch if in_batches else _by_send
    async with consumer, producer:
        while True:
            fetched = await consumer.getmany(timeout_ms=100, max_records=TRANSACTION_RECORDS)
            if not fetched:
                continue
            async with producer.transaction():
                await asyncio.gather(*await write(producer, f"{prefix}deliveries.email", fetched))
                offsets = {partition: records[-1].offset + 1 for partition, records in fetched.items()}
                await producer.send_offsets_to_transaction(offsets, group)


async def _by_send(producer: Any, topic: str, fetched: Fetched) -> list[Any]:
    return [
        await producer.send(
            topic, key=record.key, value=record.value.ljust(DELIVERY_BYTES), partition=record.partition
        )
        for records in fetched.values()
        for record in records
    ]


async def _by_batch(producer: Any, topic: str, fetched: Fetched) -> list[Any]:
    sent = []
    for partition, records in fetched.items():
        batch = producer.create_batch()
        for record in records:
            fields = {"key": record.key, "value": record.value.ljust(DELIVERY_BYTES), "timestamp": None}
            if batch.append(**fields) is None:
                sent.append(await producer.send_batch(batch, topic, partition=partition.partition))
                batch = producer.create_batch()
                batch.append(**fields)
        sent.append(await producer.send_batch(batch, topic, partition=partition.partition))
    return sent


async def _until_signalled(options: argparse.Namespace) -> None:
    working = asyncio.create_task(
        copy(options.servers, options.topic, options.prefix, options.group, in_batches=options.batches)
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    await asyncio.wait({working})
    if not working.cancelled():
        working.result()


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("servers", "topic", "prefix", "group"):
        parser.add_argument(name)
    parser.add_argument("--batches", action="store_true")
    asyncio.run(_until_signalled(parser.parse_args()))


if __name__ == "__main__":
    main()

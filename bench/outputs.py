"""Reads what a contender wrote, as a stranger: another client, no group, committed records only."""
# confluent_kafka is typed in part only.
# mypy: allow-untyped-calls

from collections.abc import Iterator
from time import monotonic
from typing import Any

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from bench.contenders import Work
from bench.environment import DEAD_LETTERS, DELIVERIES, EXECUTIONS, BenchError, Environment
from bench.verify import Delivered, Findings, Letter, check_copies, check_executions, check_work

READ_SECONDS = 120.0
CONSUME_MAX = 5_000
HEADERS = {"content-type", "clarion.schema"}


def check(environment: Environment, work: Work) -> Findings:
    """What is wrong with what it wrote."""
    deliveries = read(environment, DELIVERIES)
    if work is Work.COPY:
        return check_copies(environment.workload, (_copied(message) for message in deliveries))
    findings = check_work(
        environment.workload,
        (_delivered(message) for message in deliveries),
        (_letter(message) for message in read(environment, DEAD_LETTERS)),
    )
    if work is Work.EXECUTE and findings.hold:
        executions = (orjson.loads(message.value() or b"") for message in read(environment, EXECUTIONS))
        told = check_executions(environment.workload, (each["requestId"] for each in executions))
        return findings if told.hold else told
    return findings


def read(environment: Environment, name: str) -> Iterator[Message]:
    """All committed records of one of its topics."""
    topic = f"{environment.prefix}{name}"
    consumer = Consumer(
        {
            "bootstrap.servers": environment.servers.kafka,
            "group.id": f"{environment.prefix}reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "log_level": 0,
        }
    )
    try:
        partitions = consumer.list_topics(topic, READ_SECONDS).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        yield from _read(consumer, set(partitions))
    finally:
        consumer.close()


def _read(consumer: Consumer, left: set[int]) -> Iterator[Message]:
    deadline = monotonic() + READ_SECONDS
    while left:
        if monotonic() > deadline:
            raise BenchError(f"Kafka does not give the ends of partitions {sorted(left)}.")
        for message in consumer.consume(CONSUME_MAX, timeout=0.2):
            error = message.error()
            if error is None:
                yield message
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its only name
                left.discard(message.partition() or 0)
            else:
                raise KafkaException(error)


def _delivered(message: Message) -> Delivered:
    value = orjson.loads(message.value() or b"")
    headers = {name for name, _ in _headers(message)}
    return Delivered(
        message.partition() or 0,
        message.key(),
        value["requestId"],
        value["deliveryId"],
        headers >= HEADERS,
    )


def _copied(message: Message) -> Delivered:
    return Delivered(
        message.partition() or 0, message.key(), orjson.loads(message.value() or b"")["requestId"]
    )


def _letter(message: Message) -> Letter:
    reason: bytes | None = dict(_headers(message)).get("clarion.reason")
    return Letter(orjson.loads(message.value() or b"")["requestId"], reason.decode() if reason else None)


def _headers(message: Message) -> list[tuple[str, Any]]:
    headers: Any = message.headers()
    return headers or []

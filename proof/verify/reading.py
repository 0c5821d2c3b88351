"""Reading everything there is, once no transaction is open any more."""
# confluent_kafka is typed in part only.
# mypy: allow-untyped-calls

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # it is public

from proof.verify.evidence import Evidence, Found
from proof.verify.tables import Tables, read_tables
from proof.workload.campaigns import CHANNELS

ANSWER_SECONDS = 30.0
SETTLE_SECONDS = 45.0
"""A killed process's transaction ends by itself: after its timeout, and the broker's round of every 10 s."""
READ_SECONDS = 120.0
CONSUME_MAX = 2_000

Ends = dict[TopicPartition, int]


class KafkaReader:
    """Reads as a stranger would: without the engine's group, committed records only."""

    def __init__(self, servers: str) -> None:
        self._settings: dict[str, Any] = {"bootstrap.servers": servers, "log_level": 0}
        self._admin = AdminClient(self._settings)

    def partitions(self, topics: Sequence[str]) -> list[TopicPartition]:
        known = self._admin.list_topics(timeout=ANSWER_SECONDS).topics
        return [TopicPartition(topic, number) for topic in topics for number in known[topic].partitions]

    def ends(self, partitions: Sequence[TopicPartition], *, committed: bool) -> Ends:
        """Where the partitions end, for readers of committed records or for everybody."""
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        asked = self._admin.list_offsets(
            {partition: OffsetSpec.latest() for partition in partitions},
            isolation_level=level,
            request_timeout=ANSWER_SECONDS,
        )
        return {partition: future.result(ANSWER_SECONDS).offset for partition, future in asked.items()}

    def held_back(self, partitions: Sequence[TopicPartition]) -> list[str]:
        """Partitions that an open transaction keeps from readers, after a time in which it had to end."""
        deadline = monotonic() + SETTLE_SECONDS
        while True:
            ends, stable = self.ends(partitions, committed=False), self.ends(partitions, committed=True)
            behind = [tp for tp in partitions if stable[tp] < ends[tp]]
            if not behind or monotonic() > deadline:
                return [f"{tp.topic} {tp.partition}: {stable[tp]} of {ends[tp]}" for tp in behind]
            sleep(0.2)

    def committed(self, group_id: str) -> dict[int, int]:
        asked = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group_id)])
        found = asked[group_id].result(ANSWER_SECONDS).topic_partitions
        return {partition.partition: partition.offset for partition in found}

    def read(self, topics: Sequence[str]) -> Mapping[str, Sequence[Found]]:
        """All committed records by topic, up to where it ends for their readers."""
        ends = self.ends(self.partitions(topics), committed=True)
        left = {(tp.topic, tp.partition): end for tp, end in ends.items() if end}
        consumer = Consumer(
            self._settings
            | {
                "group.id": f"proof-{uuid4()}",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                # There is nothing to wait for at the end.
                "fetch.wait.max.ms": 10,
            }
        )
        try:
            consumer.assign([TopicPartition(*place, OFFSET_BEGINNING) for place in left])
            found: dict[str, list[Found]] = {topic: [] for topic in topics}
            for record in _read(consumer, left):
                found[record.topic].append(record)
        finally:
            consumer.close()
        return found


def _read(consumer: Consumer, left: dict[tuple[str, int], int]) -> Iterator[Found]:
    deadline = monotonic() + READ_SECONDS
    while left:
        if monotonic() > deadline:
            raise TimeoutError(f"Kafka does not give the records up to {left}.")
        for message in consumer.consume(CONSUME_MAX, timeout=0.2):
            topic, partition = place = message.topic() or "", message.partition() or 0
            offset, error = message.offset() or 0, message.error()
            if error is None:
                headers: Any = dict(message.headers() or [])
                yield Found(topic, partition, offset, message.key(), message.value(), headers)
            elif error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - its only name
                raise KafkaException(error)
            elif offset >= left.get(place, 0):
                left.pop(place, None)


async def gather(servers: str, database_url: str, prefix: str, group_id: str) -> Evidence:
    """Read it all; without the engine, its settings or its names."""
    reader = KafkaReader(servers)
    tables = await read_tables(database_url)
    return await asyncio.to_thread(_gather, reader, tables, prefix, group_id)


def _gather(reader: KafkaReader, tables: Tables, prefix: str, group_id: str) -> Evidence:
    names = ["executions", "dead-letters", "profiles.created", *(f"deliveries.{c}" for c in CHANNELS)]
    effects = [prefix + name for name in names]
    held_back = reader.held_back(reader.partitions(effects))
    triggers = f"{prefix}triggers"
    ends = reader.ends(reader.partitions([triggers]), committed=False)
    found = reader.read([triggers, *effects])
    return Evidence(
        triggers=found[triggers],
        deliveries={channel: found[f"{prefix}deliveries.{channel}"] for channel in CHANNELS},
        executions=found[f"{prefix}executions"],
        dead_letters=found[f"{prefix}dead-letters"],
        profile_events=found[f"{prefix}profiles.created"],
        claims=tables.claims,
        profiles=tables.profiles,
        profile_ids=tables.profile_ids,
        committed=reader.committed(group_id),
        ends={tp.partition: end for tp, end in ends.items()},
        held_back=held_back,
    )

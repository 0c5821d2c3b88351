"""Who a consumer is to its group, whether that still stands, and the group's offsets once they are stable."""
# aiokafka has no types, and what is private there is what this package is about.
# ruff: noqa: ANN401, SLF001
# mypy: allow-untyped-calls

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, errors
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.structs import TopicPartition

from consumer.kafka.fencing.protocol import (
    NO_TAGS,
    STALE_MEMBERSHIP,
    UNSTABLE_OFFSET_COMMIT,
    OffsetFetchRequest_v7,
    OneVersion,
    by_topic,
)

COORDINATOR_BACKOFF = 0.02


class StaleMembership(errors.KafkaError):
    """The consumer is no longer the member that read these records: abort the transaction, drop the batch."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Who the coordinator says a consumer is. Capture it with the records it shall vouch for."""

    group_id: str
    generation_id: int
    member_id: str
    group_instance_id: str | None = None


def membership(consumer: AIOKafkaConsumer) -> Membership | None:
    """Return the consumer's membership as of now; None while it is in no generation of its group."""
    group: Any = consumer._coordinator
    # To the broker, generation -1 is a caller that wants no fencing: it must never be used as a membership.
    if not isinstance(group, GroupCoordinator) or group.generation < 0 or not group.member_id:
        return None
    return Membership(group.group_id, group.generation, group.member_id, group._group_instance_id)


async def stable_offsets(
    consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]
) -> dict[TopicPartition, int | None]:
    """Return the committed offsets (None: none yet) once no open transaction can change them.

    Waits without limit for a previous owner's transaction and for a coordinator that is away.
    Raises ConsumerStoppedError, and errors that waiting does not fix.
    """
    offsets: dict[TopicPartition, int | None] = dict.fromkeys(partitions)
    if not offsets:
        return offsets
    topics = [(topic, [tp.partition for tp in tps], NO_TAGS) for topic, tps in by_topic(partitions)]
    request = OneVersion(OffsetFetchRequest_v7(consumer._group_id, topics, True, NO_TAGS))  # noqa: FBT003
    while True:
        response = await _ask_coordinator(consumer, request)
        found = {
            TopicPartition(topic, partition): (offset, code)
            for topic, rows, _ in response.topics
            for partition, offset, _, _, code, _ in rows
        }
        codes = {response.error_code, *(code for _, code in found.values())}
        if not _must_retry(consumer, codes):
            return offsets | {tp: offset if offset >= 0 else None for tp, (offset, _) in found.items()}
        await asyncio.sleep(COORDINATOR_BACKOFF)


async def is_member(consumer: AIOKafkaConsumer, membership: Membership) -> bool:
    """Ask the coordinator whether the membership stands and no rebalance has begun (a Heartbeat).

    While the consumer itself is rejoining, the answer comes when it has joined: one connection carries both.
    """
    heartbeat = HeartbeatRequest(membership.group_id, membership.generation_id, membership.member_id)
    while True:
        try:
            code = (await _ask_coordinator(consumer, heartbeat)).error_code
        except errors.ConsumerStoppedError:
            return False
        if code in STALE_MEMBERSHIP:
            return False
        if not _must_retry(consumer, {code}):
            return True
        await asyncio.sleep(COORDINATOR_BACKOFF)


async def _ask_coordinator(consumer: AIOKafkaConsumer, request: Any) -> Any:
    group: Any = consumer._coordinator
    while not group._closing.done():
        await group.ensure_coordinator_known()
        try:
            return await group._send_req(request)
        except errors.KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(COORDINATOR_BACKOFF)
    raise errors.ConsumerStoppedError


def _must_retry(consumer: AIOKafkaConsumer, codes: set[int]) -> bool:
    """Tell whether any of the codes asks to wait; raise the first that no waiting fixes."""
    failures = [errors.for_code(code) for code in codes - {0, UNSTABLE_OFFSET_COMMIT}]
    for failure in failures:
        if not failure.retriable:
            raise failure
    if {errors.NotCoordinatorError, errors.CoordinatorNotAvailableError} & set(failures):
        group: Any = consumer._coordinator
        group.coordinator_dead()
    return codes != {0}

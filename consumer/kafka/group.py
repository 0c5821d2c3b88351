"""How a consumer group stands: its members, and how much it has still to read."""
# mypy: allow-untyped-calls

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.structs import OffsetAndMetadata, TopicPartition


@dataclass(frozen=True, slots=True)
class GroupState:
    members: int
    lag: int
    """Committed records that the group has not acknowledged; records that have expired do not count."""


async def read_group(
    admin: AIOKafkaAdminClient,
    reader: AIOKafkaConsumer,
    group_id: str,
    partitions: Collection[TopicPartition],
) -> GroupState:
    """The group's state as of now; one that never was has no members. Raises KafkaError."""
    committed = await admin.list_consumer_group_offsets(group_id)
    begins = await reader.beginning_offsets(partitions)
    ends = await reader.end_offsets(partitions)
    return GroupState(
        await _members(admin, group_id),
        sum(max(0, ends[tp] - max(begins[tp], _next_offset(committed, tp))) for tp in partitions),
    )


async def _members(admin: AIOKafkaAdminClient, group_id: str) -> int:
    # The client hands over the broker's response as it is, and gives it no type.
    responses: list[Any] = await admin.describe_consumer_groups([group_id])
    [(code, _, _, _, _, members, *_)] = responses[0].groups
    if code:
        raise for_code(code)(group_id)
    return len(members)


def _next_offset(committed: Mapping[TopicPartition, OffsetAndMetadata], partition: TopicPartition) -> int:
    found = committed.get(partition)
    return found.offset if found else -1

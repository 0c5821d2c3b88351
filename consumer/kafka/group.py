"""How a consumer group stands: its members, and how much it has still to read."""
# mypy: allow-untyped-calls

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.structs import OffsetAndMetadata, TopicPartition

LOOK_SECONDS: Final = 2.0
_POLL_MS: Final = 200


@dataclass(frozen=True, slots=True)
class GroupState:
    members: int
    lag: int
    """Committed records that the group has not acknowledged.

    Neither records that have expired count, nor what has an offset and is no record: ends of transactions,
    and what an aborted one holds, as long as no record follows.
    """


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
    behind = {
        tp: offset for tp in partitions if (offset := max(begins[tp], _next_offset(committed, tp))) < ends[tp]
    }
    following = await _next_records(reader, behind, ends)
    return GroupState(
        await _members(admin, group_id),
        sum(ends[tp] - following.get(tp, offset) for tp, offset in behind.items()),
    )


async def _next_records(
    reader: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """Where the first record at or after each offset is, or the end; without those not found out in time."""
    found: dict[TopicPartition, int] = {}
    reader.assign(list(offsets))
    for tp, offset in offsets.items():
        reader.seek(tp, offset)
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            while missing := offsets.keys() - found.keys():
                # Of all: what is fetched and not drained keeps the client from asking its broker for more.
                fetched = await reader.getmany(timeout_ms=_POLL_MS)
                found = {tp: min(records[0].offset, ends[tp]) for tp, records in fetched.items()} | found
                # A fetch can also bring nothing but what is no record: then only the position tells.
                positions = {tp: await reader.position(tp) for tp in missing - found.keys()}
                found |= {tp: ends[tp] for tp, position in positions.items() if position >= ends[tp]}
                reader.pause(*found)
    return found


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

"""A record as the client gives it, its place, and a record to be produced."""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from aiokafka.structs import ConsumerRecord

from schemas.place import Place

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"
Headers = list[tuple[str, bytes]]
Partition = tuple[str, int]
"""Topic and partition."""


def place_of(record: Record) -> Place:
    return Place(record.topic, record.partition, record.offset)


def next_offsets(records: Sequence[Record]) -> dict[int, int]:
    """The offset after the last record, by partition; records of a partition are in order."""
    return {record.partition: record.offset + 1 for record in records}


class Outgoing(NamedTuple):
    """A record to be produced in the batch's transaction. Records with equal keys share a partition."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers

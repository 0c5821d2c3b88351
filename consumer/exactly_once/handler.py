"""What passes between the consumer, which knows partitions, and the handler, which knows campaigns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from consumer.kafka.record import Outgoing, Record, next_offsets
from schemas.place import Place


@dataclass(slots=True)
class Ownership:
    """By which epoch a process writes for each partition it was assigned, and how far records were tried."""

    group_id: str
    topic: str
    epochs: Mapping[int, int]
    attempted: dict[int, int] = field(default_factory=dict)
    """Next offsets, by partition; a record below may have claims and profiles of an earlier try."""

    def is_retry(self, record: Record) -> bool:
        return record.offset < self.attempted.get(record.partition, 0)

    def note_attempt(self, records: Sequence[Record]) -> dict[int, int]:
        """Count the records as tried; returns the next offset by partition."""
        attempt = next_offsets(records)
        for partition, offset in attempt.items():
            self.attempted[partition] = max(offset, self.attempted.get(partition, 0))
        return attempt


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch that is decided and claimed, and only needs its Kafka transaction."""

    records: Sequence[Record]
    """Those that were taken: the first ones of the batch, all of them unless their output grew too large."""
    outgoing: Sequence[Outgoing]
    decided_at: float
    """Monotonic clock, seconds: what waited too long is prepared again, so that no old decision is sent."""
    valid_until: datetime | None
    """When the first decision stops being valid: a window closes, or a trigger becomes too old."""
    on_committed: Callable[[], None]
    """To be called when the transaction is committed."""
    is_up_to_date: Callable[[], bool] = lambda: True
    """False once something that the decisions rest on has changed: they are made again."""


class Refusal(Enum):
    """Why a record cannot be executed as it is: by itself it made its transaction fail."""

    TOO_LARGE = "what it makes is larger than a topic takes"
    LETTER_TOO_LARGE = "not even its dead letter fits its topic"
    DATA_ERROR = "the database does not take its data"


class Handler(Protocol):
    async def prepare(
        self,
        records: Sequence[Record],
        ownership: Ownership,
        refused: Mapping[Place, Refusal],
    ) -> Prepared:
        """Decide the records. May be repeated: what it writes to the database has the same effect as once.

        Raises DatabaseUnavailable (wait, then prepare again) and EpochSuperseded (drop the batch).
        """

"""A trigger record, read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from consumer.kafka.record import Record, place_of
from consumer.triggers.origin import Origin, own_origin, read_replay
from schemas.channel import Channel
from schemas.place import Place
from schemas.trigger import Recipient, Trigger, UnreadableTrigger, read_trigger

_EPOCH = datetime.fromtimestamp(0, UTC)
_YEAR_MAX = 7000
"""So that a campaign's maxAge can still be added."""


class Call(NamedTuple):
    """A record and what was read from it."""

    record: Record
    read: Trigger | UnreadableTrigger
    replay: Origin | None = None
    """Where it first came from and what of it is to be executed, if it is a replay."""

    @property
    def origin(self) -> Origin:
        return self.replay or own_origin(self.record)

    @property
    def attempt(self) -> int:
        return self.replay.attempt if self.replay else 1

    @property
    def replayed_pairs(self) -> Mapping[str, Collection[Channel] | None] | None:
        """What of it is to be executed, as Origin has it."""
        return self.replay.replayed_pairs if self.replay else None

    @property
    def place(self) -> Place:
        """Under which the record's claims and profiles are kept."""
        return place_of(self.record)

    @property
    def received_at(self) -> datetime:
        """The record's own timestamp, so that the age of a replay starts again."""
        return moment(self.record.timestamp)

    @property
    def log_fields(self) -> dict[str, object]:
        """How a log names the record."""
        record = self.record
        return {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "request_id": self.read.request_id,
            "campaign_id": self.read.campaign_id,
        }

    def all_recipients(self) -> tuple[Recipient, ...]:
        return self.read.recipients if isinstance(self.read, Trigger) else ()

    def recipients(self) -> Sequence[Recipient]:
        """Those to be executed: all, unless this is the replay of a partial failure."""
        everyone, pairs = self.all_recipients(), self.replayed_pairs
        return everyone if pairs is None else [recipient for recipient in everyone if recipient.name in pairs]


def read_call(record: Record) -> Call:
    """Rules 1 and 2, and the headers of a replay."""
    read = read_trigger(record.value)
    if not record.headers:
        return Call(record, read)
    return Call(record, read, read_replay(record, read if isinstance(read, Trigger) else None))


# Records that were produced together share their timestamp.
@lru_cache(maxsize=256)
def moment(timestamp: int) -> datetime:
    """The instant of a Kafka timestamp, epoch milliseconds; what no calendar holds counts as the epoch."""
    try:
        # Not by way of a double of seconds, which in two hundred years is a millisecond off.
        found = _EPOCH + timedelta(milliseconds=timestamp)
    except OverflowError:
        return _EPOCH
    return found if found.year < _YEAR_MAX else _EPOCH

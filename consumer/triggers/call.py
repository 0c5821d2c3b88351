"""One trigger record on its way through the rules."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from consumer.kafka.record import Outgoing, Record
from consumer.rules.campaign import Campaign
from consumer.rules.outcome import Candidate, Delivery, Outcome, Rejection
from consumer.store.work import Owner
from consumer.triggers.origin import Origin, own_origin, read_replay
from schemas.channel import Channel
from schemas.ids import DeliveryId
from schemas.reasons import Reason
from schemas.trigger import Recipient, Trigger, UnreadableTrigger, read_trigger

_EPOCH = datetime.fromtimestamp(0, UTC)
_YEAR_MAX = 7000
"""So that a campaign's maxAge can still be added."""


@dataclass(slots=True)
class Call:
    """A record, what could be read from it, and what is found about it step by step."""

    record: Record
    trigger: Trigger | None
    unreadable: UnreadableTrigger | None = None
    campaign: Campaign | None = None
    outcomes: list[Candidate | Outcome] = field(default_factory=list)
    encoded: dict[DeliveryId, Outgoing] = field(default_factory=dict)
    """The deliveries as they go out."""
    created: list[Recipient] = field(default_factory=list)
    """Recipients that get a profile, or got one when this record was tried before."""

    leaves_original_out: bool = False
    """Because no topic takes a dead letter with it."""
    replay: Origin | None = None
    """Where it first came from and what of it is to be executed, if it is a replay."""

    @property
    def origin(self) -> Origin:
        return self.replay or own_origin(self.record)

    @property
    def attempt(self) -> int:
        return self.replay.attempt if self.replay else 1

    @property
    def only(self) -> Mapping[str, Collection[Channel] | None] | None:
        """What of it is to be executed, as Origin has it."""
        return self.replay.only if self.replay else None

    @property
    def owner(self) -> Owner:
        """The coordinates under which the record's claims and profiles are kept."""
        return Owner(self.record.topic, self.record.partition, self.record.offset)

    @property
    def received_at(self) -> datetime:
        """The record's own timestamp, so that the age of a replay starts anew."""
        return moment(self.record.timestamp)

    @property
    def request_id(self) -> str | None:
        """None unless it is valid; as is the campaign id."""
        read = self.trigger or self.unreadable
        return read.request_id if read else None

    @property
    def campaign_id(self) -> str | None:
        read = self.trigger or self.unreadable
        return read.campaign_id if read else None

    def reject(self, reason: Reason, detail: str) -> None:
        """Reject the whole trigger, whatever was found so far."""
        self.outcomes = [Rejection(reason, detail)]

    @property
    def coordinates(self) -> dict[str, object]:
        """How a log names the record."""
        record = self.record
        return {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "request_id": self.request_id,
            "campaign_id": self.campaign_id,
        }

    def all_recipients(self) -> tuple[Recipient, ...]:
        return self.trigger.recipients if self.trigger else ()

    def recipients(self) -> Sequence[Recipient]:
        """Those to be executed: all, unless this is the replay of a partial failure."""
        everyone, only = self.all_recipients(), self.only
        return everyone if only is None else [recipient for recipient in everyone if recipient.name in only]

    def deliveries(self) -> Iterator[Delivery]:
        return (outcome for outcome in self.outcomes if isinstance(outcome, Delivery))

    def rejections(self) -> list[Rejection]:
        return [outcome for outcome in self.outcomes if isinstance(outcome, Rejection)]


def read_call(record: Record) -> Call:
    """Rules 1 and 2, and the headers of a replay."""
    read = read_trigger(record.value)
    trigger, unreadable = (read, None) if isinstance(read, Trigger) else (None, read)
    call = Call(record, trigger, unreadable)
    if record.headers:
        call.replay = read_replay(record, trigger)
    if unreadable:
        call.reject(unreadable.reason, unreadable.detail)
    return call


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

"""What became of a delivery after it was made, by its feedback.

The events of a delivery are joined in a lattice: what is kept is when each kind of event happened first.
Events may therefore come late, repeatedly and in any order, and the state and the figures are the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from consumer.rules.latency import bucket
from schemas.feedback import FeedbackType


class Event(NamedTuple):
    """One event of a delivery, without what is not counted."""

    type: FeedbackType
    at: datetime
    bounce: str = ""
    """hard, soft or ignored, if it is a bounce."""
    category: str = ""
    link: str = ""
    is_machine: bool = False
    """An open or click by a scanner, not by the person."""
    scope: str = "channel"

    @property
    def mark(self) -> str:
        """What the event is of: `sent`, `bounced.hard`, `opened.machine`."""
        if self.type is FeedbackType.BOUNCED:
            return f"{self.type}.{self.bounce or 'soft'}"
        return f"{self.type}.machine" if self.is_machine else self.type.value


Marks: TypeAlias = Mapping[str, datetime]
"""When each kind of event happened first."""


class DeliveryState(StrEnum):
    """In ascending order: of the marks that a delivery has, the last one is its state."""

    DEFERRED = "deferred"
    SENT = "sent"
    BOUNCED_FOR_NOW = "bounced.soft"
    FAILED = "failed"
    DELIVERED = "delivered"
    BOUNCED = "bounced.hard"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"

    @property
    def word(self) -> str:
        """As it is shown: a bounce is a bounce."""
        return self.value.partition(".")[0]


_RANKS: Final = {
    **{state.value: rank for rank, state in enumerate(DeliveryState)},
    "bounced.ignored": list(DeliveryState).index(DeliveryState.BOUNCED_FOR_NOW),
}
_STATES: Final = list(DeliveryState)
_CATEGORY: Final = "category."


def joined(marks: Marks, events: Iterable[Event]) -> dict[str, datetime]:
    """The marks with those of more events: associative, commutative, idempotent."""
    result = dict(marks)
    for event in events:
        for name in _names(event):
            result[name] = min(event.at, result.get(name, event.at))
    return result


def _names(event: Event) -> list[str]:
    has_category = event.type is FeedbackType.BOUNCED and event.category
    return [event.mark, f"{_CATEGORY}{event.category}"] if has_category else [event.mark]


def state_of(marks: Marks) -> DeliveryState | None:
    """None while nothing, or nothing that makes a state, was reported."""
    ranks = [_RANKS[mark] for mark in marks if mark in _RANKS]
    return _STATES[max(ranks)] if ranks else None


class Figure(NamedTuple):
    """Something counted in a minute."""

    minute: datetime
    metric: str
    detail: str = ""


def minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def figures(created_at: datetime, marks: Marks) -> Counter[Figure]:
    """What one delivery adds to the figures: itself, and each kind of event once, when it happened first."""
    counted = Counter([Figure(minute_of(created_at), "deliveries")])
    bounces = [at for mark, at in marks.items() if mark.startswith("bounced.")]
    if bounces:
        counted[Figure(minute_of(min(bounces)), "bounced")] += 1
    for mark, at in marks.items():
        if mark.startswith(_CATEGORY):
            counted[Figure(minute_of(at), "bouncedCategory", mark.removeprefix(_CATEGORY))] += 1
        else:
            counted[Figure(minute_of(at), _METRICS.get(mark, mark))] += 1
    sent, delivered = marks.get("sent"), marks.get("delivered")
    if sent:
        counted[_latency("deliveryToSent", created_at, sent)] += 1
    if sent and delivered:
        counted[_latency("sentToDelivered", sent, delivered)] += 1
    return counted


_METRICS: Final = {
    "bounced.hard": "bouncedHard",
    "bounced.soft": "bouncedSoft",
    "bounced.ignored": "bouncedIgnored",
    "opened": "openedUnique",
    "opened.machine": "openedMachineUnique",
    "clicked": "clickedUnique",
    "clicked.machine": "clickedMachineUnique",
}


def _latency(metric: str, earlier: datetime, later: datetime) -> Figure:
    return Figure(minute_of(later), metric, str(bucket((later - earlier).total_seconds())))


def event_figures(event: Event) -> Counter[Figure]:
    """What one event adds besides: every open and click counts, those of machines apart."""
    minute = minute_of(event.at)
    match event.type:
        case FeedbackType.OPENED:
            return Counter([Figure(minute, "openedMachine" if event.is_machine else "opened")])
        case FeedbackType.CLICKED if event.is_machine:
            return Counter([Figure(minute, "clickedMachine")])
        case FeedbackType.CLICKED:
            return Counter([Figure(minute, "clicked"), Figure(minute, "clickedLink", event.link)])
    return Counter()

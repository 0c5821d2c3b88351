"""Quiet hours: whether a message may go out now, and if not, what becomes of it and until when.

A slot belongs to the day on which it begins. It begins the first time that the clock shows `from`, and ends
the last time that it shows `to`; a time that the clocks jump over counts as the moment of the jump.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from consumer.rules.local_time import first_instant, last_instant
from schemas.channel import Channel
from schemas.rule_set import DAYS, QuietHours

_SLOTS_MAX = 1_000
"""So many that follow one another without a gap end the search: more there cannot be."""


@dataclass(frozen=True, slots=True)
class Slot:
    channels: frozenset[Channel]
    weekdays: frozenset[int]
    """Monday is 0; empty where there are dates."""
    dates: frozenset[date]
    begin: int
    """Minutes after the midnight on which its day begins; so is `end`, which may lie on the next day."""
    end: int
    then: Literal["hold", "drop"]

    def is_on(self, day: date) -> bool:
        return day in self.dates or day.weekday() in self.weekdays


class Quiet(NamedTuple):
    then: Literal["hold", "drop"]
    until: datetime
    """When this channel's quiet hours of that kind end: slots that follow without a gap are one. UTC."""
    slot: int
    """Which of the rule set's, from 1."""


def build_slot(written: QuietHours) -> Slot:
    begin, end = written.minutes
    days = () if written.dates else written.days or DAYS
    return Slot(
        frozenset(written.channels),
        frozenset(DAYS.index(day) for day in days),
        frozenset(written.dates or ()),
        begin,
        end,
        written.then,
    )


# People of one batch share the moment, and most of them the zone.
@lru_cache(maxsize=4_096)
def find_quiet(slots: tuple[Slot, ...], channel: Channel, zone: ZoneInfo, now: datetime) -> Quiet | None:
    """Rule 15: the first slot that is on, in the order of the rule set; None when there is none."""
    for number, slot in enumerate(slots, start=1):
        if channel in slot.channels and (end := _end(slot, zone, now)):
            alike = [each for each in slots if each.then == slot.then and channel in each.channels]
            return Quiet(slot.then, _end_of_all(alike, zone, end), number)
    return None


@lru_cache(maxsize=4_096)
def find_next_begin(
    slots: tuple[Slot, ...], channel: Channel, zone: ZoneInfo, now: datetime
) -> datetime | None:
    """When the next quiet hours begin, if within a day. UTC."""
    begins = (begin for slot in slots if channel in slot.channels for begin, _ in _near(slot, zone, now))
    return min((begin for begin in begins if begin > now), default=None)


def _end_of_all(slots: list[Slot], zone: ZoneInfo, end: datetime) -> datetime:
    for _ in range(_SLOTS_MAX):
        following = [later for slot in slots if (later := _end(slot, zone, end))]
        if not following:
            break
        end = max(following)
    return end


def _end(slot: Slot, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the slot that is on ends; None when it is not on."""
    return max((end for begin, end in _near(slot, zone, now) if begin <= now < end), default=None)


def _near(slot: Slot, zone: ZoneInfo, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    today = now.astimezone(zone).date()
    # A slot reaches into the next day at most; one day more, as clocks may be set back over midnight.
    for offset in range(-2, 2):
        day = today + timedelta(days=offset)
        if slot.is_on(day):
            yield _interval(slot, day, zone)


@lru_cache(maxsize=16_384)
def _interval(slot: Slot, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return first_instant(day, slot.begin, zone), last_instant(day, slot.end, zone)

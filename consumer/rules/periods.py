"""Hours, days, weeks and months by a zone's calendar, as instants: the windows of frequency caps."""

from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from consumer.rules.local_time import first_instant

Unit = Literal["hour", "day", "week", "month"]

LENGTHS: Final[dict[Unit, timedelta]] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
"""Of a window that rolls."""
_HOUR = LENGTHS["hour"]
_QUARTER = timedelta(minutes=15)
_INSTANT = timedelta(microseconds=1)
_DECEMBER: Final = 12


def period_start(at: datetime, unit: Unit, zone: ZoneInfo) -> datetime:
    """When the period began that this instant is in. A week begins on Monday. UTC."""
    local = at.astimezone(zone)
    if unit == "hour":
        # An hour that the clock shows twice is two hours.
        return min(at, local.replace(minute=0, second=0, microsecond=0).astimezone(UTC))
    return first_instant(_first_day(local.date(), unit), 0, zone)


def next_period(start: datetime, unit: Unit, zone: ZoneInfo) -> datetime:
    """When the period ends that begins at `start`. UTC."""
    if unit == "hour":
        after = start + _HOUR
        # Where clocks change by half an hour, an hour lasts longer once a year.
        while (found := period_start(after, unit, zone)) <= start:
            after += _QUARTER
        return found
    first = _first_day(start.astimezone(zone).date(), unit)
    if unit == "month":
        following = date(first.year + first.month // _DECEMBER, first.month % _DECEMBER + 1, 1)
    else:
        following = first + LENGTHS[unit]
    return first_instant(following, 0, zone)


def window_start(now: datetime, unit: Unit, every: int, zone: ZoneInfo) -> datetime:
    """When the window began: of the period that now is in and of those before it, `every` in all."""
    start = period_start(now, unit, zone)
    for _ in range(every - 1):
        start = period_start(start - _INSTANT, unit, zone)
    return start


def window_end(at: datetime, unit: Unit, every: int, zone: ZoneInfo) -> datetime:
    """From when on a message of that time is in no window: the beginning of the `every`th period after it."""
    start = period_start(at, unit, zone)
    for _ in range(every):
        start = next_period(start, unit, zone)
    return start


def _first_day(day: date, unit: Unit) -> date:
    match unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case _:
            return day

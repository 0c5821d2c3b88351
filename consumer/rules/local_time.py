"""Local times as instants, whatever the clocks do that day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


def first_instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """When the clock on the wall first shows so many minutes after midnight, or has passed them.

    A time that the clocks jump over counts as the moment of the jump. UTC.
    """
    return _instants(day, minutes, zone)[0]


def last_instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The same, but the second time where the clocks show it twice."""
    return _instants(day, minutes, zone)[1]


def _instants(day: date, minutes: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    wall = datetime.combine(day, datetime.min.time(), zone) + timedelta(minutes=minutes)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if first > second:
        # The clocks jump over it: with the offset before the jump it comes after the jump, and the reverse.
        jump = _jump(second, first, zone)
        return jump, jump
    return first, second


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """When the offset changes, to a second, which is how the database of zones has it."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after

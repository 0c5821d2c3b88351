"""Moments as texts: RFC 3339 with a time zone, within the years that a calendar in UTC has."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from schemas.duration import parse_duration


def read_moment(text: str) -> datetime:
    """The moment in UTC. Raises ValueError for what is none, and for one without a time zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("it has no time zone")
    return in_utc(moment)


def read_moment_or_age(text: str, now: datetime) -> datetime:
    """A moment, or how long ago: `90m`, `2d`. Raises ValueError with a sentence that says what to write."""
    try:
        age = parse_duration(text)
    except ValueError:
        return _read_explained(text)
    try:
        return now - age
    except OverflowError:
        raise ValueError(f"{text!r} reaches back beyond the year 1.") from None


def _read_explained(text: str) -> datetime:
    try:
        return read_moment(text)
    except BeyondCalendarError as error:
        raise ValueError(f"{text!r} cannot be used: {error}.") from None
    except ValueError:
        raise ValueError(
            f"{text!r} is not a time: write 10:30, 2026-06-01T12:00:00Z, or an age, such as 90m."
        ) from None


class BeyondCalendarError(ValueError):
    """The moment is beyond the years 1 to 9999 in UTC."""


def in_utc(moment: datetime) -> datetime:
    """The same moment. Raises BeyondCalendarError."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        # 9999-12-31T23:59:59-05:00 is a moment of the year 10000.
        raise BeyondCalendarError("it is beyond the years 1 to 9999 in UTC") from None


UtcMoment = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""A moment on the wire, in UTC wherever it was written."""

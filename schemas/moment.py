"""Moments as texts: RFC 3339 with a time zone, within the years that a calendar in UTC has."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def read_moment(text: str) -> datetime:
    """The moment in UTC. Raises ValueError for what is none, and for one without a time zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("it has no time zone")
    return in_utc(moment)


def in_utc(moment: datetime) -> datetime:
    """The same moment. Raises ValueError where UTC's calendar has no such year."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        # 9999-12-31T23:59:59-05:00 is a moment of the year 10000.
        raise ValueError("it is beyond the years 1 to 9999 in UTC") from None


UtcMoment = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""A moment on the wire, in UTC wherever it was written."""

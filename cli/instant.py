"""Instants as people write them on the command line."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

import typer

from schemas.moment import BeyondCalendarError, in_utc, read_moment_or_age

WHEN: Final = "this time: 10:30, 2026-06-01T12:00:00Z, or an age, such as 2h."
"""For the help of options that take one."""

_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d.*")


def parse_instant(text: str | None) -> datetime | None:
    """RFC 3339, an age such as `90m` or `2d`, or a local time, which is then shown. Raises BadParameter."""
    if text is None:
        return None
    try:
        if local := _local(text):
            typer.echo(f"{text} is read as {local.isoformat()}.", err=True)
            return in_utc(local)
        return read_moment_or_age(text, datetime.now(UTC))
    except BeyondCalendarError as error:
        raise typer.BadParameter(f"{text!r} cannot be used: {error}.") from None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _local(text: str) -> datetime | None:
    """A time without a zone, in this machine's; of a time without a day, the last one."""
    if _CLOCK.fullmatch(text):
        now = datetime.now().astimezone()
        hour, _, rest = text.partition(":")
        today = _in_this_zone(datetime.combine(now.date(), time.fromisoformat(f"{hour:0>2}:{rest}")))
        return today if today <= now else _in_this_zone(today.replace(tzinfo=None) - timedelta(days=1))
    if not _DAY.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo else _in_this_zone(moment)


def _in_this_zone(moment: datetime) -> datetime:
    try:
        return moment.astimezone()
    except (OverflowError, ValueError, OSError):
        raise BeyondCalendarError("it is beyond the years 1 to 9999 in UTC") from None

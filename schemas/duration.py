"""Durations as people write them: `90s`, `15m`, `48h`, `2d`, `1h30m`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_PATTERN = r"^(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9})s)?$"

_LONGEST = timedelta(days=999_999)


def parse_duration(value: object) -> timedelta:
    """Read a duration. Raises ValueError unless it is one, longer than nothing and not above 999999d."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(_PATTERN, value.strip()) if isinstance(value, str) else None
    days, hours, minutes, seconds = (int(group or 0) for group in match.groups()) if match else (0, 0, 0, 0)
    duration = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not duration:
        raise ValueError("give a duration such as 90s, 15m, 48h or 2d")
    if duration > _LONGEST:  # it would be written with more days than are read
        raise ValueError(f"give a duration of at most {format_duration(_LONGEST)}")
    return duration


def format_duration(duration: timedelta) -> str:
    """The shortest spelling that `parse_duration` reads back."""
    seconds = int(duration.total_seconds())
    parts = [
        (seconds // 86400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "m"),
        (seconds % 60, "s"),
    ]
    return "".join(f"{count}{unit}" for count, unit in parts if count)


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["15m", "48h"]}),
]

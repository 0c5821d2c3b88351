"""Instants as people write them on the command line."""

from datetime import UTC, datetime

import typer

from schemas.duration import parse_duration


def parse_instant(text: str | None) -> datetime | None:
    """RFC 3339 with its time zone, or so long ago, as `90m` or `2d`. Raises BadParameter."""
    if text is None:
        return None
    try:
        return datetime.now(UTC) - parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} is no time: write 2026-06-01T12:00:00Z, or 90m for so long ago.")
    return instant

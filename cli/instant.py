"""Instants as people write them on the command line."""

from datetime import UTC, datetime

import typer

from schemas.moment import read_moment_or_age


def parse_instant(text: str | None) -> datetime | None:
    """RFC 3339 with its time zone, or so long ago, as `90m` or `2d`. Raises BadParameter."""
    if text is None:
        return None
    try:
        return read_moment_or_age(text, datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None

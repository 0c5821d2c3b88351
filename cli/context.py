"""Context given on the command line, as `KEY=VALUE`."""

from collections.abc import Sequence

import typer

from consumer.triggers.compose import nested
from schemas.json import JsonObject


def parse_context(pairs: Sequence[str]) -> JsonObject:
    """`order.id=42` makes objects. Raises BadParameter for what is no pair, or a name with two values."""
    split = [pair.partition("=") for pair in pairs]
    for pair, (path, equals, _) in zip(pairs, split, strict=True):
        if not equals or not all(path.split(".")):
            raise typer.BadParameter(f"--context {pair!r}: write it as KEY=VALUE")
    try:
        return nested((path, value) for path, _, value in split)
    except ValueError as error:
        raise typer.BadParameter(f"--context: {error}") from None

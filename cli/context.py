"""Context as people write it on the command line."""

from collections.abc import Sequence
from typing import Any

import typer

from schemas.json import JsonObject


def parse_context(pairs: Sequence[str]) -> JsonObject:
    """`order.id=42` as nested objects. Raises BadParameter."""
    nested: JsonObject = {}
    for pair in pairs:
        path, equals, value = pair.partition("=")
        *parents, name = path.split(".")
        if not equals or not all([*parents, name]):
            raise typer.BadParameter(f"--context {pair!r}: write it as KEY=VALUE")
        inner: Any = nested
        for parent in parents:
            inner = inner.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise typer.BadParameter(f"--context {pair!r}: {parent!r} has a value already")
        if name in inner:
            raise typer.BadParameter(f"--context {pair!r}: {path!r} has a value already")
        inner[name] = value
    return nested

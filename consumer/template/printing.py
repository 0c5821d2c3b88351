"""How values are printed: numbers without an exponent, everything but texts as JSON writes it."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from math import isfinite
from typing import Final

_WORDS: Final[dict[object, str]] = {True: "true", False: "false", None: "null"}
_quoted: Final = json.JSONEncoder(ensure_ascii=False).encode


def print_number(value: float) -> str:
    """The shortest digits that give the number back, never with an exponent: `0.00001`, not `1e-05`.

    Raises ValueError for infinity and what is not a number, which JSON cannot write.
    """
    if isinstance(value, int):
        return int.__repr__(value)
    if not isfinite(value):
        raise ValueError("not a number that JSON can write")
    text = float.__repr__(value)
    return format(Decimal(text), "f") if "e" in text else text


class PrintedFloat(float):
    """A number that `%s` prints as everything else does."""

    __slots__ = ()

    def __str__(self) -> str:
        return print_number(self)


def print_scalar(value: object) -> str:
    """A number, true, false or null. Raises TypeError for anything else."""
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, int | float):
        return print_number(value)
    raise TypeError("a value that JSON cannot write")


def json_pieces(value: object, scalar: Callable[[object], str] = print_scalar) -> Iterator[str]:
    """Compact JSON, piece by piece; `scalar` writes what is no text, list or object.

    (The standard library's encoder cannot be told how to write a number.)
    """
    if isinstance(value, str):
        yield _quoted(value)
    elif isinstance(value, dict):
        opening = "{"
        for name, member in value.items():
            yield f"{opening}{_quoted(name)}:"
            yield from json_pieces(member, scalar)
            opening = ","
        yield "}" if value else "{}"
    elif isinstance(value, list):
        opening = "["
        for element in value:
            yield opening
            yield from json_pieces(element, scalar)
            opening = ","
        yield "]" if value else "[]"
    else:
        yield scalar(value)

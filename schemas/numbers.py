"""Numbers that JSON can write and Clarion cannot keep: parsing would round them without a word.

Kept are integers of 64 bits (-2^63 to 2^64-1) and decimals of at most 17 digits that a double gives back.
They are found by their spelling, as the parser has already rounded what it returns.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Final

# Every digit and point as 0, an E as e, a minus as itself, all else as a space: then numbers of interest are
# found by two searches. All in C, as this is asked of many triggers: 1 us for 500 bytes.
_NUMERIC: Final = b"0123456789."
_SHAPES: Final = bytes.maketrans(_NUMERIC + b"E", b"0" * len(_NUMERIC) + b"e").translate(
    bytes(byte if byte in b"0e-" else 32 for byte in range(256))
)
_LONG: Final = b"0" * 16
"""Sixteen digits are the fewest of which a double can lose one."""
_SMALL: Final = b"0e-000"
"""Only with an exponent of three digits can a number be too small for a double."""
_BEFORE_A_NUMBER: Final = b"[:, \t\r\n"
_LOOKS_MAX: Final = 10
_LOOK_BACK: Final = 40

_INTEGER_CHARACTERS_MAX: Final = len(str(-(2**63)))
_DIGITS_MAX: Final = 17
_NAMED_MAX: Final = 500
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


class LossyNumber(str):
    """A number as it was written, which neither 64 bits nor a double hold."""

    __slots__ = ()

    @property
    def kind(self) -> str:
        """What it is, without its digits, which may be secret."""
        if _is_decimal(self):
            return "a decimal that a double cannot hold to 17 digits"
        return "an integer beyond 64 bits"


def lossy_numbers(value: bytes) -> list[tuple[str, str]]:
    """The paths of those in `value`, which is JSON that `schemas.json` reads, each with its problem.

    No more than a detail has room to name, by far: a hostile value can hold a hundred thousand.
    """
    if not may_be_lossy(value):
        return []
    return list(islice(lossy_places(parse_keeping_digits(value)), _NAMED_MAX))


def may_be_lossy(value: bytes) -> bool:
    """Whether there can be any: quick, and no for nearly every document."""
    shapes = value.translate(_SHAPES)
    return (_LONG in shapes and _is_among_numbers(value, shapes, _LONG)) or (
        _SMALL in shapes and _is_among_numbers(value, shapes, _SMALL)
    )


def _is_among_numbers(value: bytes, shapes: bytes, shape: bytes) -> bool:
    """Whether one of these digits can be a number's; yes when there are many, as each look costs."""
    places = _places(shapes, shape)
    looked_at = islice(places, _LOOKS_MAX)
    return any(_can_be_a_number(value, at) for at in looked_at) or next(places, None) is not None


def _places(shapes: bytes, shape: bytes) -> Iterator[int]:
    at = shapes.find(shape)
    while at >= 0:
        yield at
        at = shapes.find(shape, at + len(shape))


def _can_be_a_number(value: bytes, at: int) -> bool:
    """No for most digits in texts, such as ids: they follow a quote or a letter."""
    before = value[max(0, at - _LOOK_BACK) : at].rstrip(_NUMERIC).removesuffix(b"-")
    return not before or before[-1:] in _BEFORE_A_NUMBER


def lossy_places(document: object, path: str = "") -> Iterator[tuple[str, str]]:
    """The same of a document from `parse_keeping_digits`."""
    if isinstance(document, LossyNumber):
        yield path.lstrip(".") or "the value", f"is {document.kind} (send it as a string)"
    elif isinstance(document, dict):
        for key, member in document.items():
            yield from lossy_places(member, f"{path}{_step(key)}")
    elif isinstance(document, list):
        for position, element in enumerate(document):
            yield from lossy_places(element, f"{path}[{position}]")


def parse_keeping_digits(value: bytes) -> object:
    """The document with a LossyNumber for each number that cannot be kept.

    The bytes are JSON that `schemas.json` reads: this parser accepts more.
    """
    return json.loads(value, parse_int=_integer, parse_float=_decimal)


def is_lossy(literal: str) -> bool:
    """Whether this number, as JSON writes it, cannot be kept."""
    return not (_holds_decimal(literal) if _is_decimal(literal) else _holds_integer(literal))


def _integer(literal: str) -> int | LossyNumber:
    return LossyNumber(literal) if is_lossy(literal) else int(literal)


def _decimal(literal: str) -> float | LossyNumber:
    return LossyNumber(literal) if is_lossy(literal) else float(literal)


def _is_decimal(literal: str) -> bool:
    return not literal.removeprefix("-").isdigit()


def _holds_integer(literal: str) -> bool:
    return len(literal) <= _INTEGER_CHARACTERS_MAX and -(2**63) <= int(literal) < 2**64


def _holds_decimal(literal: str) -> bool:
    mantissa = literal.lower().partition("e")[0]
    if len(mantissa.removeprefix("-").replace(".", "").strip("0")) > _DIGITS_MAX:
        return False
    try:
        written = Decimal(literal)
    except InvalidOperation:  # an exponent of nineteen digits
        return False
    held = float(literal)
    # Some libraries write the shortest digits that give the double back, others always seventeen.
    # (Not a set: the hash of a decimal with a large exponent is slow.)
    return any(written == Decimal(spelled) for spelled in (repr(held), f"{held:.17g}"))


def _step(key: str) -> str:
    # Any other key may be somebody's address, or a megabyte.
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else "[...]"

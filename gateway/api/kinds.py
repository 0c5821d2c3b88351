"""Kinds of values in paths and queries: how each is read from its text, and how OpenAPI describes it."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Final, NamedTuple
from uuid import UUID

from consumer.store.cursor import Cursor
from gateway.api.shapes import TEXT, Shape
from schemas.moment import read_moment_or_age
from schemas.place import LetterPlace
from schemas.trigger_wire import NAME_PATTERN
from schemas.whole_numbers import INT64_MAX, whole_number

TEXT_LENGTH_MAX: Final = 255
ADDRESS_LENGTH_MAX: Final = 5_000
"""A push token can be long."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Kind(NamedTuple):
    read: Callable[[str], Any]
    """Raises ValueError with a sentence."""
    shape: Shape


def chosen(names: Iterable[str]) -> Kind:
    """One of these names."""
    known = [str(name) for name in names]

    def read(text: str) -> str:
        if text in known:
            return text
        near = get_close_matches(text, known, n=1)
        meant = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"It must be one of {', '.join(known)}.{meant}")

    return Kind(read, {"type": "string", "enum": known})


def whole(least: int, most: int) -> Kind:
    def read(text: str) -> int:
        try:
            return whole_number(text, least, most)
        except ValueError as error:
            raise ValueError(f"It is {error}.") from None

    return Kind(read, {"type": "integer", "minimum": least, "maximum": most})


def text_of(length_max: int) -> Kind:
    def read(text: str) -> str:
        if not 1 <= len(text) <= length_max or _CONTROLS.search(text):
            raise ValueError(f"It must have 1 to {length_max:,} characters, and no control characters.")
        return text

    return Kind(read, {"type": "string", "minLength": 1, "maxLength": length_max})


def _name(text: str) -> str:
    if not re.fullmatch(NAME_PATTERN, text):
        raise ValueError("It must be 1 to 64 letters, digits, dots, hyphens and underscores.")
    return text


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("It must be true or false.")
    return text == "true"


def _moment(text: str) -> datetime:
    # In a query an unescaped plus is a blank, and a time zone begins with one.
    return read_moment_or_age(text.replace(" ", "+") if "T" in text else text, datetime.now(UTC))


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise ValueError("It must be a UUID.") from None


def _letter(text: str) -> LetterPlace:
    return LetterPlace.parse(text)


def cursor(parse: Callable[[str], Any]) -> Kind:
    """Where a page ends, as `parse` reads it."""

    def read(text: str) -> object:
        try:
            return parse(text)
        except ValueError:
            raise ValueError("It must be what the Link header of another page had.") from None

    return Kind(read, TEXT)


FLAG: Final = Kind(_flag, {"type": "boolean"})
NAME: Final = Kind(_name, {"type": "string", "pattern": NAME_PATTERN})
WORDS: Final = text_of(TEXT_LENGTH_MAX)
ADDRESS: Final = text_of(ADDRESS_LENGTH_MAX)
MOMENT: Final = Kind(
    _moment, {"type": "string", "examples": ["2026-06-01T12:00:00Z", "90m"], "pattern": r"^\d"}
)
UUID_: Final = Kind(_uuid, {"type": "string", "format": "uuid"})
LETTER: Final = Kind(_letter, {"type": "string", "pattern": r"^[0-9]{1,10}:[0-9]{1,19}$"})
CURSOR: Final = cursor(Cursor.parse)
NUMBER_CURSOR: Final = cursor(lambda text: whole_number(text, 1, INT64_MAX))

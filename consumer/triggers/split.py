"""A file of triggers taken apart: each trigger's bytes stay as they were written, digits and all."""

import json
import re
from collections.abc import Iterator
from typing import Final

import orjson

INPUT_BYTES_MAX: Final = 20_000_000
"""What `clarion send` reads at once."""

_BLANK: Final = r"[ \t\r\n]*"
_OPENING: Final = re.compile(rf"{_BLANK}\[{_BLANK}")
_EMPTY: Final = re.compile(rf"{_BLANK}\[{_BLANK}\]{_BLANK}")
_NEXT: Final = re.compile(rf"{_BLANK}([,\]]){_BLANK}")
# Numbers stay text: they are not looked at, and Python refuses to convert an integer of 5,000 digits.
_DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str)


def split_triggers(content: bytes) -> list[bytes]:
    """The triggers in a JSON array, in one JSON document, or one a line."""
    try:
        return list(_elements(content.decode()))
    except (ValueError, RecursionError):
        pass
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        return [line for line in content.splitlines() if line.strip()]
    return [content]


def _elements(text: str) -> Iterator[bytes]:
    """Of a JSON array. Raises ValueError for what is none, RecursionError for one nested thousands deep."""
    opening = _OPENING.match(text)
    if opening is None:
        raise ValueError("it is no array")
    at, mark = opening.end(), "]" if _EMPTY.fullmatch(text) else ","
    while mark == ",":
        _, end = _DECODER.raw_decode(text, at)
        yield text[at:end].encode()
        following = _NEXT.match(text, end)
        if following is None:
            raise ValueError("an element is followed by a comma or the end")
        at, mark = following.end(), following[1]
    if at != len(text) and not _EMPTY.fullmatch(text):
        raise ValueError("nothing comes behind an array")

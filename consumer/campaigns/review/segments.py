"""How many segments a text message is sent in, which is what it costs: 3GPP TS 23.038 and 23.040."""

from functools import cache
from typing import Final, Literal, NamedTuple

import gsm0338

_SEPTETS: Final = (160, 153)
"""In a message of one segment, and in each of several, where a header takes the rest."""
_UNITS: Final = (70, 67)
"""The same of UTF-16, which everybody sends as UCS-2."""


class Segments(NamedTuple):
    number: int
    encoding: Literal["GSM-7", "UCS-2"]
    length: int
    """In septets or in UTF-16's units."""
    most_in_one: int
    odd: str
    """The first character that GSM-7 lacks."""


def count_segments(text: str) -> Segments:
    odd = next((character for character in text if _septets(character) is None), "")
    sizes = [_utf16_units(each) if odd else _septets(each) or 0 for each in text]
    alone, joined = _UNITS if odd else _SEPTETS
    length = sum(sizes)
    count = 1 if length <= alone else _filled(sizes, joined)
    return Segments(count, "UCS-2" if odd else "GSM-7", length, alone, odd)


def _filled(sizes: list[int], room: int) -> int:
    """A character of two units is never parted by a segment's end."""
    count, left = 1, room
    for size in sizes:
        if size > left:
            count, left = count + 1, room
        left -= size
    return count


@cache
def _septets(character: str) -> int | None:
    """1, or 2 for what is escaped, such as the euro sign; None for what GSM-7 lacks."""
    try:
        return len(gsm0338.Codec().encode(character)[0])  # type: ignore[no-untyped-call]  # it ships no types
    except UnicodeEncodeError:
        return None


def _utf16_units(character: str) -> int:
    return len(character.encode("utf-16-le", "surrogatepass")) // 2

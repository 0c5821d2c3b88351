"""Keys given twice in one JSON object: parsers silently take the last, and another reader the first."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Final

_NAMED_MAX: Final = 500
_STEP_CHARACTERS_MAX: Final = 100
"""More than a detail has room for: a hostile value can repeat 100,000 keys below a long one."""


class _Members(list[tuple[str, object]]):
    """An object as its pairs, with those that a dictionary would lose."""


def repeated_keys(value: bytes, written: bytes) -> list[str]:
    """The paths of keys that are given twice in `value`; `written` is what orjson writes of what it read.

    Keys that are spelled with different escapes are equal.
    """
    if not _may_repeat(value, written):
        return []
    return sorted(set(islice(_repeated(_pairs(value)), _NAMED_MAX)))


def _may_repeat(value: bytes, written: bytes) -> bool:
    """Exact but for escaped colons, at a tenth of the full check's cost.

    Written again, a document has a colon for each of its members and each colon in its texts. The value has
    as many, unless it spells one with an escape or the parser has dropped a member.
    """
    return (
        value.count(b":") != written.count(b":")
        or b"\\u003a" in value
        or b"\\u003A" in value  # the other spelling of a colon's escape
    )


def _pairs(value: bytes) -> object:
    # Numbers stay text: Python refuses to convert an integer of 5,000 digits.
    return json.loads(value, object_pairs_hook=_Members, parse_int=str, parse_float=str)


def _repeated(element: object, steps: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(element, _Members):
        seen: set[str] = set()
        for key, member in element:
            to_member = (*steps, f".{key[:_STEP_CHARACTERS_MAX]}")
            if key in seen:
                yield "".join(to_member).removeprefix(".")
            seen.add(key)
            yield from _repeated(member, to_member)
    elif isinstance(element, list):
        for position, member in enumerate(element):
            yield from _repeated(member, (*steps, f"[{position}]"))

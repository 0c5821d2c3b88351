"""JSON as Clarion reads and merges it: null is absence, objects merge deeply, everything else is replaced."""

from collections.abc import Mapping

import orjson

DEPTH_MAX = 64

JsonObject = dict[str, object]


class MalformedJsonError(ValueError):
    """The bytes are not JSON as Clarion reads it."""


def read_json(value: bytes | None) -> object:
    """The document in `value`, without the members that are null.

    Raises MalformedJsonError for what is not UTF-8 JSON, has a BOM, lone surrogates, NaN or a number that
    overflows a double, is nested deeper than 64 (the outermost counts as 1), or is empty or null bytes.
    """
    if not value:
        raise MalformedJsonError("the record has no value")
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise MalformedJsonError(f"{error.msg} at character {error.pos}") from None
    # Only a document with that many brackets can be too deep: most are spared the walk.
    if value.count(b"{") + value.count(b"[") > DEPTH_MAX and _depth(document) > DEPTH_MAX:
        raise MalformedJsonError(f"it is nested deeper than {DEPTH_MAX}")
    return without_nulls(document) if b"null" in value else document


def without_nulls(value: object) -> object:
    """The same value without object members that are null; nulls that are elements of an array stay."""
    if isinstance(value, dict):
        return {key: without_nulls(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(element) for element in value]
    return value


def merge(lower: Mapping[str, object], upper: Mapping[str, object]) -> JsonObject:
    """`upper` laid over `lower`: objects deeply, everything else replaced. Neither is changed."""
    merged = {**lower, **upper}
    for key in lower.keys() & upper.keys() if lower and upper else ():
        below, above = lower[key], upper[key]
        if isinstance(below, dict) and isinstance(above, dict):
            merged[key] = merge(below, above)
    return merged


def canonical(value: object) -> bytes:
    """One spelling for equal values: compact UTF-8 JSON with sorted keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _depth(document: object) -> int:
    # Level by level; the parser itself has refused what is deeper than 1,024.
    level, depth = [document], 0
    while level := [container for container in level if isinstance(container, dict | list)]:
        depth += 1
        level = [
            member
            for container in level
            for member in (container.values() if isinstance(container, dict) else container)
        ]
    return depth

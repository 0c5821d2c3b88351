"""JSON as Clarion reads and merges it: null is absence, objects merge deeply, everything else is replaced."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from schemas.detail import enumerated
from schemas.numbers import lossy_numbers
from schemas.repeated_keys import repeated_keys

DEPTH_MAX = 64

JsonObject = dict[str, object]


class JsonError(ValueError):
    """The bytes are nothing that Clarion reads; the message continues "it is not used: ..."."""


class MalformedJsonError(JsonError):
    """The bytes are not JSON as Clarion reads it."""


class JsonFault(NamedTuple):
    path: str
    problem: str


class InvalidJsonError(JsonError):
    """They are JSON, but what it means is not certain."""

    def __init__(self, document: object, faults: Sequence[JsonFault]) -> None:
        super().__init__(enumerated((f"{fault.path} {fault.problem}" for fault in faults), "; "))
        self.document = document
        """As a lenient parser reads it."""
        self.faults = faults


class LossyNumbersError(InvalidJsonError):
    """Nothing is wrong with them but numbers that would lose digits: `parse_keeping_digits` keeps those."""


def read_json(value: bytes | None) -> object:
    """The document in `value`, without the members that are null. Raises as parse_json does."""
    document = parse_json(value)
    return without_nulls(document) if b"null" in (value or b"") else document


def parse_json(value: bytes | None) -> object:
    """The document in `value`, with its nulls: the one reader of what comes from outside.

    Raises MalformedJsonError for what is not UTF-8 JSON, has a BOM, lone surrogates, NaN or a number that
    overflows a double, is nested deeper than 64 (the outermost counts as 1), or is empty or null bytes.
    Raises InvalidJsonError for a key that is given twice in one object, and for a number that would lose
    digits: an integer beyond 64 bits, a decimal that a double cannot hold to 17 digits.
    """
    if not value:
        raise MalformedJsonError("there is no value")
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise MalformedJsonError(_why_malformed(value, error)) from None
    # Only a document with that many brackets can be too deep: most are spared the walk.
    if value.count(b"{") + value.count(b"[") > DEPTH_MAX and _depth(document) > DEPTH_MAX:
        raise MalformedJsonError(f"it is nested deeper than {DEPTH_MAX}")
    written = orjson.dumps(document)
    # Written again as it was, nothing was lost in reading it: so it is with most that is sent.
    if written != value:
        _check_nothing_was_lost(value, document, written)
    return document


def _check_nothing_was_lost(value: bytes, document: object, written: bytes) -> None:
    repeated, lossy = repeated_keys(value, written), lossy_numbers(value)
    if repeated or lossy:
        faults = [JsonFault(path, "is given twice") for path in repeated]
        faults += [JsonFault(path, problem) for path, problem in lossy]
        raise (InvalidJsonError if repeated else LossyNumbersError)(document, faults)


def _why_malformed(value: bytes, error: orjson.JSONDecodeError) -> str:
    if prefix := _schema_registry_prefix(value):
        return f"it begins with a schema registry's prefix ({prefix}); send plain JSON, without a schema"
    return f"{error.msg} at character {error.pos}"


def _schema_registry_prefix(value: bytes) -> str | None:
    """What serializers that register schemas put before the payload."""
    if value[0] == 0 and len(value) > 5:  # noqa: PLR2004 - Confluent's wire format: the byte and the id
        return f"Confluent's wire format, magic byte 0, schema id {int.from_bytes(value[1:5])}"
    if value[0] == 3 and len(value) > 18:  # noqa: PLR2004 - the byte, the compression's, and a UUID
        return "AWS Glue's, version byte 3"
    return None


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

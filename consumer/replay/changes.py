"""What an edit changes, value by value, for a person to look at before it happens."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from consumer.dead_letters.mask import masked_at
from schemas.json import JsonObject, canonical


class Absent(Enum):
    """No value at all, which is not the same as null."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Change:
    path: str
    before: object
    """ABSENT when the value is new; `after` is ABSENT when it is removed."""
    after: object


def changes(before: object, after: object, path: str = "") -> Iterator[Change]:
    """The values that differ, each with its path as `--set` takes it."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            inner = f"{path}.{name}" if path else str(name)
            yield from changes(before.get(name, ABSENT), after.get(name, ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from changes(_element(before, index), _element(after, index), f"{path}[{index}]")
    elif _spelled(before) != _spelled(after):
        yield Change(path or "the value", before, after)


def _element(array: list[object], index: int) -> object:
    return array[index] if index < len(array) else ABSENT


def _spelled(value: object) -> bytes | None:
    return None if value is ABSENT else canonical(value)


def change_document(change: Change, *, reveal: bool) -> JsonObject:
    """The change as JSON. Of what was there only that it was: the new values are the operator's own."""
    document: JsonObject = {"path": change.path}
    if change.before is not ABSENT:
        document["before"] = change.before if reveal else masked_at(change.path, change.before)
    if change.after is not ABSENT:
        document["after"] = change.after
    return document

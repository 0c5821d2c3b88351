"""What was read: plain records, as they lie on the topics and in the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from proof.workload.request import NUMBER_HEADER

Json = dict[str, Any]


class Place(NamedTuple):
    """Where a trigger lies on its topic."""

    partition: int
    offset: int


@dataclass(frozen=True)
class Found:
    """A committed record."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]

    @property
    def place(self) -> Place:
        return Place(self.partition, self.offset)

    @cached_property
    def json(self) -> Json:
        value: Json = orjson.loads(self.value or b"null")
        return value

    @property
    def number(self) -> int | None:
        """Of the request, on a trigger and on its dead letter."""
        value = self.headers.get(NUMBER_HEADER)
        return int(value) if value is not None else None

    def header(self, name: str) -> str | None:
        value = self.headers.get(name)
        return value.decode() if value is not None else None

    def __str__(self) -> str:
        return f"{self.topic} {self.partition}:{self.offset}"


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile that a trigger created, by what the database says."""

    id: str
    creator: Place


@dataclass(frozen=True, slots=True)
class Evidence:
    triggers: Sequence[Found]
    deliveries: Mapping[str, Sequence[Found]]
    """By channel."""
    executions: Sequence[Found]
    dead_letters: Sequence[Found]
    profile_events: Sequence[Found]
    claims: Mapping[str, Place]
    """Owners by delivery id."""
    profiles: Mapping[str, Profile]
    """Created ones, by the person's name."""
    profile_ids: Mapping[str, str]
    """Of all people, imported ones too."""
    committed: Mapping[int, int]
    """The group's next offset, by partition of the triggers' topic."""
    ends: Mapping[int, int]
    """Where that topic ends."""
    held_back: Sequence[str]
    """Partitions whose last stable offset stays behind their end."""
    followed: frozenset[tuple[str, int, int]] | None = None
    """Places of what a reader saw that followed the topics through all faults."""

"""Where dead letters are looked up: on Kafka itself, or in a projection of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from consumer.dead_letters.choice import Choice
from consumer.dead_letters.groups import Groups
from consumer.dead_letters.letter import DeadLetter
from consumer.store.cursor import Cursor
from schemas.json import JsonObject

LetterState = Literal["unresolved", "resolved", "all"]
GroupBy = Literal["reason", "campaign"]


@dataclass(frozen=True, slots=True)
class Listed:
    letter: DeadLetter
    resolution: JsonObject | None = None
    """As it is on the wire."""

    @property
    def cursor(self) -> Cursor:
        return cursor(self.letter)


def cursor(letter: DeadLetter) -> Cursor:
    return Cursor(letter.failed_at, *letter.at)


@dataclass(frozen=True, slots=True)
class Page:
    letters: Sequence[Listed]
    """The newest first."""
    total: int
    """Of all pages."""


class DeadLetterSource(Protocol):
    async def page(self, choice: Choice, state: LetterState, limit: int, after: Cursor | None = None) -> Page:
        """The newest failures first; the page begins after the cursor, which is a letter's `cursor`."""

    async def groups(self, choice: Choice, state: LetterState, by: GroupBy) -> Groups:
        """All of them, counted."""

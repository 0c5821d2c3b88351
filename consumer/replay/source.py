"""Looking through dead letters, whoever answers: Kafka itself, or a projection of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from consumer.replay.choice import Choice
from consumer.replay.letter import DeadLetter
from consumer.replay.report import Groups
from schemas.json import JsonObject

Standing = Literal["unresolved", "resolved", "all"]
GroupBy = Literal["reason", "campaign"]

REACH_MAX = 10_000
"""How far back pages go; what is older is found by choosing a time."""


@dataclass(frozen=True, slots=True)
class Listed:
    letter: DeadLetter
    resolution: JsonObject | None = None
    """As it is on the wire."""


@dataclass(frozen=True, slots=True)
class Page:
    letters: Sequence[Listed]
    """The newest first."""
    total: int
    """Of all pages."""


class DeadLetterSource(Protocol):
    async def page(self, choice: Choice, standing: Standing, *, skip: int, limit: int) -> Page:
        """Some of the letters, the newest failure first; `skip + limit` is at most REACH_MAX."""

    async def groups(self, choice: Choice, standing: Standing, by: GroupBy) -> Groups:
        """All of them, counted."""

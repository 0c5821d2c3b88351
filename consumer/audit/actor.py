"""Who acts. A door says so once, around all that it does for somebody."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Actor:
    door: Literal["cli", "http", "console", "system"]
    id: str
    """The operator, or the id of a key."""
    name: str | None = None
    """The key's."""


SYSTEM: Final = Actor("system", "clarion")
"""Clarion itself, where nobody asked for the change."""

# Not an argument of each function: what changes something is many calls below the door that knows who asked.
_actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """What is recorded inside, in this task and those that it starts, is recorded as done by the actor."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def current_actor() -> Actor:
    return _actor.get()

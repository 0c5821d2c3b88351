"""One statement for the look-ups of many callers that ask at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class SharedLookup(Generic[K, V]):
    """While a statement runs, those who come wait together for the next one.

    So a caller never gets what was read before it asked, and there is one statement at a time, however many
    callers there are.
    """

    def __init__(self, look_up: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._look_up = look_up
        self._one_at_a_time = asyncio.Lock()
        self._wanted: set[K] = set()
        self._next: asyncio.Task[Mapping[K, V]] | None = None

    async def find(self, keys: Collection[K]) -> Mapping[K, V]:
        """What the statement found for these keys and those of others. Raises what it raises."""
        if self._next is None:
            self._next = asyncio.create_task(self._look_up_wanted())
            self._next.add_done_callback(_note_error)
        self._wanted.update(keys)
        # Another caller's end must not end the statement.
        return await asyncio.shield(self._next)

    async def _look_up_wanted(self) -> Mapping[K, V]:
        async with self._one_at_a_time:
            wanted, self._wanted, self._next = self._wanted, set(), None
            return await self._look_up(wanted)


def _note_error(task: asyncio.Task[Mapping[K, V]]) -> None:
    # All who waited may be gone, and then nobody else would look at it.
    if not task.cancelled():
        task.exception()

"""An end for waits that take too long."""

import asyncio
from collections import deque


class Expiry:
    """One timer for any number of waits, as all are equally long: a timer for each would cost more."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waits: deque[tuple[float, asyncio.Future[bool]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, wait: asyncio.Future[bool]) -> None:
        """Give it the result False when its time is over."""
        waits, loop = self._waits, wait.get_loop()
        while waits and waits[0][1].done():
            waits.popleft()
        waits.append((loop.time() + self._seconds, wait))
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        waits, now = self._waits, loop.time()
        while waits and (waits[0][1].done() or waits[0][0] <= now):
            _, wait = waits.popleft()
            if not wait.done():
                wait.set_result(False)
        self._timer = loop.call_at(waits[0][0], self._look, loop) if waits else None

"""How fast to go: so many a second, in batches small enough to be even."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

BATCH_MAX: Final = 100
_BATCHES_PER_SECOND: Final = 5


class Pace:
    def __init__(
        self,
        per_second: float | None,
        *,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_second = per_second
        self._clock = clock or asyncio.get_running_loop().time
        self._sleep = sleep
        self._free_at = self._clock()

    @property
    def batch(self) -> int:
        """Letters in one transaction, at most."""
        if self._per_second is None:
            return BATCH_MAX
        return max(1, min(BATCH_MAX, int(self._per_second / _BATCHES_PER_SECOND)))

    async def wait_for(self, count: int) -> None:
        """Wait until so many more may go. Time that went by unused is not made up for."""
        if self._per_second is None:
            return
        await self._sleep(max(0.0, self._free_at - self._clock()))
        self._free_at = max(self._free_at, self._clock()) + count / self._per_second

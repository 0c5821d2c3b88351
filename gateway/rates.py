"""How many calls per second each key has, in this process."""

from typing import Final

from aiolimiter import AsyncLimiter

from consumer.keys.principal import Principal

_LIMITERS_MAX: Final = 10_000


class Rates:
    """A leaky bucket for each key with a rate: as many calls as one second allows may come at once."""

    def __init__(self) -> None:
        self._limiters: dict[tuple[str, int], AsyncLimiter] = {}

    async def takes(self, caller: Principal) -> bool:
        """Whether this call is within the caller's rate; then it counts."""
        if caller.rate is None:
            return True
        limiter = self._limiter((caller.id, caller.rate))
        if not limiter.has_capacity():
            return False
        await limiter.acquire()
        return True

    def _limiter(self, key: tuple[str, int]) -> AsyncLimiter:
        found = self._limiters.get(key)
        if found is None:
            if len(self._limiters) >= _LIMITERS_MAX:
                self._limiters.clear()
            found = self._limiters[key] = AsyncLimiter(key[1], 1)
        return found

"""How fast the pages of a throttled campaign are produced."""

from collections.abc import Callable
from time import monotonic
from typing import Final

_CATCH_UP_SECONDS: Final = 0.25
"""What a late round makes up for; more would be a burst."""


class Pace:
    """Of one campaign, whatever executions it has. Costs are messages, the throttle is messages a second."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._next_at = float("-inf")

    def pages(self, cost: int, throttle: int) -> int:
        """How many pages of that cost may be produced now."""
        behind = self._clock() - max(self._next_at, self._clock() - _CATCH_UP_SECONDS)
        return 1 + int(behind * throttle / cost) if self._clock() >= self._next_at else 0

    def produced(self, cost: int, throttle: int) -> None:
        """So many messages were produced."""
        self._next_at = max(self._next_at, self._clock() - _CATCH_UP_SECONDS) + cost / throttle


def page_size(throttle: int | None, channels: int, most: int) -> int:
    """Members of one page: no more than the messages of a second."""
    return most if throttle is None else max(1, min(most, throttle // channels))

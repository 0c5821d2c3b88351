"""Waiting for something that is away: longer each time, never for ever, and not all at once."""

import random

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 1.0
"""Short: once what was away is back, this is all that keeps the work from going on."""


class Backoff:
    def __init__(self) -> None:
        self._next = FIRST_SECONDS

    def next_seconds(self) -> float:
        """The next wait: about double the last, with jitter so that many processes do not return together."""
        seconds = self._next * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, hides nothing
        self._next = min(self._next * 2, LONGEST_SECONDS)
        return seconds

    def reset(self) -> None:
        self._next = FIRST_SECONDS

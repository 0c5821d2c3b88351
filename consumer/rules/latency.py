"""Durations as a histogram: buckets that grow by a tenth, so that a percentile is at most 5 % off.

The first bucket is all that takes at most a millisecond; beyond about 400 days everything is one bucket.
"""

from collections.abc import Mapping
from math import ceil, log
from typing import Final

_FIRST_SECONDS: Final = 0.001
_GROWTH: Final = 1.1
BUCKET_MAX: Final = 255
ERROR: Final = 0.05
"""How far a percentile can be from the true one, as a share of it."""


def bucket(seconds: float) -> int:
    """Which bucket a duration falls into; one that is negative, by clocks that differ, into the first."""
    if seconds <= _FIRST_SECONDS:
        return 0
    return min(BUCKET_MAX, ceil(log(seconds / _FIRST_SECONDS, _GROWTH) - 1e-9))


def middle(number: int) -> float:
    """The duration in seconds that stands for a bucket: at most 5 % from each in it."""
    upper = _FIRST_SECONDS * _GROWTH**number
    return upper * 2 / (1 + _GROWTH) if number else upper


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """The duration in seconds that this share of those counted do not exceed; None when none was counted."""
    total = sum(counts.values())
    if not total:
        return None
    wanted, seen = max(1, ceil(share * total)), 0
    for number in sorted(counts):
        seen += counts[number]
        if seen >= wanted:
            return middle(number)
    return middle(max(counts))

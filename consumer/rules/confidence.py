"""Rates compared, with intervals that hold however often one looks.

The interval of a difference is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and
Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", Annals of Statistics, 2024
(theorem 2.2), which is what Adobe Journey Optimizer uses as well:

    difference  +-  sigma sqrt( 2 (n r + 1) / (n^2 r)  log( sqrt(n r + 1) / alpha ) )

for n people in both treatments, where sigma^2 / n is the variance of the difference. It is the narrowest
where n is about _NARROWEST_AT. Of few people the variance is overestimated: see `_variance`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt
from typing import Final, NamedTuple

_NARROWEST_AT: Final = 10_000
"""People in both treatments."""


class Interval(NamedTuple):
    low: float
    high: float


class Arm(NamedTuple):
    """What a treatment has come to."""

    people: int
    successes: int

    @property
    def rate(self) -> float | None:
        return self.successes / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A treatment against the first."""

    difference: float | None
    """Of the rates; None while one has no people."""
    lift: float | None
    """The difference as a share of the first one's rate; None when that is 0 or not known."""
    interval: Interval
    """Of the difference."""

    @property
    def is_conclusive(self) -> bool:
        """Whether there is a difference, as far as one can be certain."""
        return self.interval.low > 0 or self.interval.high < 0


def compare(arms: Mapping[str, Arm], level: float = 0.95) -> Mapping[str, Comparison]:
    """Each treatment after the first against the first, all at once at the level (Bonferroni)."""
    (_, first), *others = arms.items()
    alpha = (1 - level) / max(1, len(others))
    return {name: _compare(first, arm, alpha) for name, arm in others}


def _compare(first: Arm, other: Arm, alpha: float) -> Comparison:
    if first.rate is None or other.rate is None:
        return Comparison(None, None, Interval(-1.0, 1.0))
    difference = other.rate - first.rate
    margin = _margin(first, other, alpha)
    interval = Interval(max(-1.0, difference - margin), min(1.0, difference + margin))
    return Comparison(difference, difference / first.rate if first.rate else None, interval)


def _margin(first: Arm, other: Arm, alpha: float) -> float:
    people = first.people + other.people
    # The value at which the interval is narrowest for so many people; the paper's appendix B.2.
    r = (-2 * log(alpha) + log(1 - 2 * log(alpha))) / _NARROWEST_AT
    variance = _variance(first) + _variance(other)
    spread = people * r + 1
    return sqrt(2 * variance * spread / (people * r) * log(sqrt(spread) / alpha))


def _variance(arm: Arm) -> float:
    """Of the rate. With two successes and two failures added, so that few people never seem to be certain."""
    rate = (arm.successes + 2) / (arm.people + 4)
    return rate * (1 - rate) / arm.people

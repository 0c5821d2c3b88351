"""What a run gave, and what several runs of one contender come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.window import Speed


@dataclass(frozen=True, slots=True)
class Result:
    contender: str
    triggers: int
    warm: Speed
    cold: Speed
    rss_bytes: int
    faults: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Spread:
    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(min(values), median(values), max(values))


def rates(results: Sequence[Result]) -> Spread:
    return Spread.of([result.warm.per_second for result in results])


def cpu(results: Sequence[Result]) -> Spread:
    return Spread.of([result.warm.cpu_us for result in results])

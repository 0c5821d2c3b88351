"""What a contender did between two moments: pure arithmetic on samples."""

from collections.abc import Sequence
from dataclasses import dataclass

WARM_SHARE = 0.3
"""The first triggers of a run are for starting up and warming up, and count for nobody."""


@dataclass(frozen=True, slots=True)
class Sample:
    seconds: float
    committed: int
    """Triggers whose offsets are committed."""
    cpu_seconds: float
    """User and system time of the contender's processes."""
    broker_seconds: float
    postgres_seconds: float
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class Speed:
    per_second: float
    cpu_us: float
    """Of CPU per trigger, in the contender's own processes."""
    broker_us: float
    postgres_us: float


class TooShortError(Exception):
    """Too few commits were seen to tell a speed: give it more triggers."""


def warm_speed(samples: Sequence[Sample], triggers: int) -> Speed:
    """The speed from the warm-up's end to the last trigger's commit. Raises TooShortError."""
    begin = _first_with(samples, max(1, int(triggers * WARM_SHARE)))
    return _speed(begin, _first_with(samples, triggers))


def cold_speed(samples: Sequence[Sample], triggers: int) -> Speed:
    """The speed from the first commit seen to the warm-up's end. Raises TooShortError."""
    return _speed(_first_with(samples, 1), _first_with(samples, max(1, int(triggers * WARM_SHARE))))


def peak_rss(samples: Sequence[Sample]) -> int:
    return max(sample.rss_bytes for sample in samples)


def _first_with(samples: Sequence[Sample], committed: int) -> Sample:
    for sample in samples:
        if sample.committed >= committed:
            return sample
    raise TooShortError(f"{committed} triggers were never committed")


def _speed(begin: Sample, end: Sample) -> Speed:
    triggers, seconds = end.committed - begin.committed, end.seconds - begin.seconds
    if not triggers or not seconds:
        raise TooShortError("all was committed between two looks: give it more triggers")
    return Speed(
        triggers / seconds,
        (end.cpu_seconds - begin.cpu_seconds) / triggers * 1e6,
        (end.broker_seconds - begin.broker_seconds) / triggers * 1e6,
        (end.postgres_seconds - begin.postgres_seconds) / triggers * 1e6,
    )

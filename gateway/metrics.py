"""What a gateway process tells Prometheus."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SERIES_MAX: Final = 1_000


class GatewayMetrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._calls = Counter(
            "clarion_gateway_calls",
            "Calls answered; the reason is empty unless the call was refused.",
            ["path", "status", "reason"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "clarion_gateway_seconds",
            "From a call's headers to its answer.",
            ["path"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        # Finding a series by its labels takes longer than counting.
        self._series = lru_cache(maxsize=_SERIES_MAX)(self._find_series)

    def answered(self, path: str, status: int, reason: str, seconds: float) -> None:
        """`path` is one that the gateway has, or empty."""
        counter, histogram = self._series(path, status, reason)
        counter.inc()
        histogram.observe(seconds)

    def _find_series(self, path: str, status: int, reason: str) -> tuple[Counter, Histogram]:
        return self._calls.labels(path, status, reason), self._seconds.labels(path)

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """A gauge that is read on every scrape."""
        Gauge(name, meaning, registry=self.registry).set_function(value)

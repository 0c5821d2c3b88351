"""What a gateway process tells Prometheus."""

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


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

    def answered(self, path: str, status: int, reason: str, seconds: float) -> None:
        """`path` is one that the gateway has, or empty."""
        self._calls.labels(path, status, reason).inc()
        self._seconds.labels(path).observe(seconds)

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """A gauge that is read on every scrape."""
        Gauge(name, meaning, registry=self.registry).set_function(value)

"""What a process that follows topics reports to Prometheus."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

from consumer.monitoring.lag import LagCollector

Lag = Mapping[str, int]
"""Committed records not yet read, by topic."""


@dataclass(frozen=True, slots=True)
class MetricNames:
    """How a process's own metrics are called; the others are the same for every process."""

    read: str
    skipped: str
    missed: str
    active: str
    lag: str


class FollowingMetrics:
    def __init__(self, topics: Collection[str], names: MetricNames) -> None:
        """`topics` are those that are read: their counters exist before the first event."""
        self.registry = CollectorRegistry()
        self._names = names
        ProcessCollector(registry=self.registry)
        self._read = self._counter(names.read, "Records read into the tables.", "topic")
        self._skipped = self._counter(names.skipped, "Records of which nothing could be made.", "topic")
        self._missed = self._counter(names.missed, "Records that expired before they were read.", "topic")
        self._retries = self._counter("clarion_retries", "Waits for something that was away.", "component")
        self._outages = self._counter(
            "clarion_outages",
            "What kept the work from being done, once for each cause.",
            "component",
            "cause",
        )
        self._active = self._gauge(names.active, "1 at work, 0 while another process is.")
        self._ready = self._gauge("clarion_ready", "1 when the process works, or stands by to.")
        for topic in topics:
            for counter in (self._read, self._skipped, self._missed):
                counter.labels(topic)
        for server in ("kafka", "database"):
            self._retries.labels(server)

    def read(self, topic: str, count: int) -> None:
        self._read.labels(topic).inc(count)

    def skipped(self, topic: str) -> None:
        self._skipped.labels(topic).inc()

    def missed(self, topic: str, count: int) -> None:
        self._missed.labels(topic).inc(count)

    def retried(self, component: Literal["kafka", "database"]) -> None:
        self._retries.labels(component).inc()

    def outage(self, component: Literal["kafka", "database"], cause: str) -> None:
        """A cause is the name of a kind of error."""
        self._outages.labels(component, cause).inc()

    def active(self, *, is_active: bool) -> None:
        self._active.set(is_active)

    def watch_readiness(self, is_ready: Callable[[], bool]) -> None:
        self._ready.set_function(is_ready)

    def watch_lag(self, lag: Callable[[], Lag]) -> None:
        """Read on every scrape."""
        self.registry.register(
            LagCollector(
                self._names.lag,
                "Committed records not yet read.",
                ["topic"],
                lambda: {(topic,): records for topic, records in lag().items()},
            )
        )

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(name, documentation, labels, registry=self.registry)

    def _gauge(self, name: str, documentation: str) -> Gauge:
        return Gauge(name, documentation, registry=self.registry)

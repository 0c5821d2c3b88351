"""What the projector tells Prometheus."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

Lag = Mapping[str, int]
"""Committed records not yet projected, by topic."""


class ProjectorMetrics:
    def __init__(self, topics: Collection[str]) -> None:
        """`topics` are those that are read: their counters exist before the first event."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._projected = self._counter("clarion_projected_records", "Records projected.", "topic")
        self._foreign = self._counter(
            "clarion_projector_skipped_records", "Records skipped as not Clarion's.", "topic"
        )
        self._missed = self._counter(
            "clarion_projector_missed_records", "Records that expired before they were projected.", "topic"
        )
        self._retries = self._counter("clarion_retries", "Waits for something that was away.", "component")
        self._outages = self._counter(
            "clarion_outages",
            "What kept the work from being done, once for each cause.",
            "component",
            "cause",
        )
        self._active = self._gauge("clarion_projector_active", "1 at work, 0 while another projector is.")
        self._ready = self._gauge("clarion_ready", "1 when the process projects, or stands by to.")
        for topic in topics:
            for counter in (self._projected, self._foreign, self._missed):
                counter.labels(topic)
        for server in ("kafka", "database"):
            self._retries.labels(server)

    def projected(self, topic: str, count: int) -> None:
        self._projected.labels(topic).inc(count)

    def skipped(self, topic: str) -> None:
        self._foreign.labels(topic).inc()

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
        self.registry.register(_LagCollector(lag))

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(name, documentation, labels, registry=self.registry)

    def _gauge(self, name: str, documentation: str) -> Gauge:
        return Gauge(name, documentation, registry=self.registry)


class _LagCollector(Collector):
    def __init__(self, lag: Callable[[], Lag]) -> None:
        self._lag = lag

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield self._family()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = self._family()
        for topic, records in self._lag().items():
            family.add_metric([topic], records)
        yield family

    def _family(self) -> GaugeMetricFamily:
        name = "clarion_projection_lag_records"
        return GaugeMetricFamily(name, "Committed records not yet projected.", labels=["topic"])

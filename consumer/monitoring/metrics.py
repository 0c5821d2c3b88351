"""What the process reports to Prometheus: a method for each event, called once for each batch.

Every engine has a registry of its own, so that a process (a test) can run several.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from consumer.monitoring.lag import LagCollector
from schemas.channel import Channel
from schemas.reasons import Kind, Reason

Lag = Mapping[tuple[str, int], int]
"""Records not yet executed, by topic and partition."""

# A small batch takes a few milliseconds; ten seconds is where a session or a transaction times out.
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_RECORDS: Final = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)

# They double the counters, and Prometheus does not need them. (The function ships without types.)
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Counts and clocks of one engine on one lane."""

    def __init__(self, lane: str) -> None:
        self.registry = CollectorRegistry()
        self._lane = lane
        ProcessCollector(registry=self.registry)
        self._outcomes = self._counter(
            "clarion_outcomes",
            "Outcomes, one for each recipient and channel; the campaign is empty unless the registry has it.",
            *("lane", "campaign", "outcome", "reason"),
        )
        self._triggers = self._counter("clarion_triggers", "Trigger records executed.", "lane")
        self._deliveries = self._counter("clarion_deliveries", "Deliveries produced.", "channel")
        self._dead_letters = self._counter("clarion_dead_letters", "Dead letters produced.", "lane", "reason")
        self._profiles = self._counter("clarion_profiles_created", "Profiles created.")
        self._rebalances = self._counter("clarion_rebalances", "Assignments of partitions to this process.")
        self._fenced = self._counter("clarion_fenced", "Batches dropped as no longer this process's.", "by")
        self._lost_offsets = self._counter(
            "clarion_lost_offsets", "Partitions whose committed offset was behind what was acknowledged."
        )
        self._retries = self._counter("clarion_retries", "Waits for something that was away.", "component")
        self._outages = self._counter(
            "clarion_outages",
            "What kept the work from being done, once for each cause.",
            "component",
            "cause",
        )
        self._claims_pruned = self._counter("clarion_claims_pruned", "Claims removed as old.")
        self._batch = self._histogram("clarion_batch_seconds", "From first record read to commit.", _SECONDS)
        self._prepare = self._histogram(
            "clarion_prepare_seconds", "Deciding, rendering, claiming a batch.", _SECONDS
        )
        self._transaction = self._histogram(
            "clarion_transaction_seconds", "A batch's Kafka transaction.", _SECONDS
        )
        self._records = self._histogram("clarion_batch_records", "Records in a batch.", _RECORDS)
        self._oldest = self._gauge(
            "clarion_oldest_unprocessed_seconds", "Age of the oldest record read and not executed."
        )
        self._registry_age = self._gauge(
            "clarion_registry_age_seconds", "Since the campaigns were last read."
        )
        self._assigned = self._gauge("clarion_assigned_partitions", "Partitions assigned to this process.")
        self._ready = self._gauge("clarion_ready", "1 when the process can execute triggers.")
        self._start_counters_at_zero()

    def _start_counters_at_zero(self) -> None:
        """Prometheus sees an increase between two samples only, so a first event must not be the first."""
        for channel in Channel:
            self._deliveries.labels(channel)
        for reason in Reason:
            if reason.kind is not Kind.EXCLUSION:
                self._dead_letters.labels(self._lane, reason)
        for server in ("kafka", "database"):
            self._fenced.labels(server)
            self._retries.labels(server)
        self._triggers.labels(self._lane)

    def batch_prepared(self, seconds: float) -> None:
        self._prepare.observe(seconds)

    def batch_committed(self, records: int, *, seconds: float, transaction_seconds: float) -> None:
        self._triggers.labels(self._lane).inc(records)
        self._records.observe(records)
        self._batch.observe(seconds)
        self._transaction.observe(transaction_seconds)

    def count_outcomes(self, counts: Mapping[tuple[str, str, str], int]) -> None:
        """Outcomes by campaign, kind and reason; a delivery's reason is empty."""
        for labels, count in counts.items():
            self._outcomes.labels(self._lane, *labels).inc(count)

    def count_deliveries(self, deliveries: Mapping[str, int]) -> None:
        """Deliveries by channel."""
        for channel, count in deliveries.items():
            self._deliveries.labels(channel).inc(count)

    def count_dead_letters(self, reasons: Mapping[str, int]) -> None:
        """Dead letters by reason: one for each trigger, by its first failure."""
        for reason, count in reasons.items():
            self._dead_letters.labels(self._lane, reason).inc(count)

    def profiles_created(self, count: int) -> None:
        self._profiles.inc(count)

    def claims_pruned(self, count: int) -> None:
        self._claims_pruned.inc(count)

    def rebalanced(self) -> None:
        self._rebalances.inc()

    def fenced(self, by: Literal["kafka", "database"]) -> None:
        self._fenced.labels(by).inc()

    def offsets_lost(self, partitions: int = 1) -> None:
        self._lost_offsets.inc(partitions)

    def retried(self, component: Literal["kafka", "database"]) -> None:
        self._retries.labels(component).inc()

    def outage(self, component: Literal["kafka", "database"], cause: str) -> None:
        """A cause is the name of a kind of error."""
        self._outages.labels(component, cause).inc()

    def watch_lag(self, lag: Callable[[], Lag]) -> None:
        """Read on every scrape, as are all that are watched."""
        self.registry.register(
            LagCollector(
                "clarion_consumer_lag",
                "Records not yet executed.",
                ["topic", "partition"],
                lambda: {(topic, str(number)): records for (topic, number), records in lag().items()},
            )
        )

    def watch_oldest_unprocessed(self, seconds: Callable[[], float]) -> None:
        self._oldest.set_function(seconds)

    def watch_registry_age(self, seconds: Callable[[], float]) -> None:
        self._registry_age.set_function(seconds)

    def watch_assigned_partitions(self, count: Callable[[], int]) -> None:
        self._assigned.set_function(count)

    def watch_readiness(self, is_ready: Callable[[], bool]) -> None:
        self._ready.set_function(is_ready)

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(name, documentation, labels, registry=self.registry)

    def _gauge(self, name: str, documentation: str) -> Gauge:
        return Gauge(name, documentation, registry=self.registry)

    def _histogram(self, name: str, documentation: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, documentation, buckets=buckets, registry=self.registry)

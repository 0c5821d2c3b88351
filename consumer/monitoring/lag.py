"""Lag for Prometheus, read on every scrape."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector


class LagCollector(Collector):
    """Not a Gauge with labels: that would go on reporting the lag of partitions that have moved."""

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Sequence[str],
        lag: Callable[[], Mapping[tuple[str, ...], int]],
    ) -> None:
        """`lag` gives the records by the values of the labels."""
        self._name = name
        self._documentation = documentation
        self._labels = labels
        self._lag = lag

    def describe(self) -> Iterator[GaugeMetricFamily]:
        # Asked for at registration, when there is nothing to read yet.
        yield self._family()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = self._family()
        for values, records in self._lag().items():
            family.add_metric(values, records)
        yield family

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily(self._name, self._documentation, labels=self._labels)

"""What the engine is to reach, and what was found: ratios within one run, and a few bounds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.result import Result, cpu, rates

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Target:
    what: str
    bound: float
    found: float
    is_least: bool = True
    """Whether the bound is the least that is wanted; else it is the most."""

    @property
    def is_met(self) -> bool:
        return self.found >= self.bound if self.is_least else self.found <= self.bound


def speed_targets(results: Mapping[str, Sequence[Result]]) -> Iterator[Target]:
    """Those of throughput; one whose contenders were not all measured is left out."""
    if not {"raw", "high-throughput", "unitary", "streams", "quix", "faststream"} <= results.keys():
        return
    rate = {name: rates(runs).median for name, runs in results.items()}
    peers = max(rate["quix"], rate["faststream"])
    fast, full = rate["high-throughput"], rate["unitary"]
    yield Target("high-throughput: rate to the ceiling's (`send`)", 0.6, fast / rate["raw"])
    used = cpu(results["high-throughput"]).median / cpu(results["streams"]).median
    yield Target("high-throughput: CPU to that of a warm Kafka Streams", 1.3, used, is_least=False)
    yield Target("high-throughput: rate to the better of FastStream and Quix Streams", 3, fast / peers)
    yield Target("unitary, profiles and claims: rate to the ceiling's (`send`)", 0.35, full / rate["raw"])
    yield Target("unitary: rate to the better of FastStream and Quix Streams", 1.5, full / peers)


def latency_targets(document: Mapping[str, Any]) -> Iterator[Target]:
    for cell in document["cells"]:
        if (cell["lane"], cell["rate"], cell["linger_ms"]) == ("unitary", 1_000, 10):
            yield Target("unitary at 1,000/s: p50, ms", 25, cell["delay"]["p50"], is_least=False)
            yield Target("unitary at 1,000/s: p99, ms", 60, cell["delay"]["p99"], is_least=False)


def scale_targets(document: Mapping[str, Any]) -> Iterator[Target]:
    for point in document["points"]:
        rss = [each / MIB for each in point["rss_by_tenth"]]
        if (point["series"], point["size"]) == ("campaigns", 1_000):
            yield Target("RSS with 1,000 campaigns, MB", 150, max(rss), is_least=False)
        if point["series"] == "memory":
            # The first tenths are for starting, and for the buffers to fill for the first time.
            growth = rss[-1] / rss[len(rss) // 2 - 1]
            yield Target("memory over a million triggers: last to middle", 1.05, growth, is_least=False)

"""The three lines about speed that README.md and docs/performance.md begin with."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.result import Result, cpu, rates

RATE, LINGER_MS = 1_000, 10
"""Of the latency that is quoted: a usual load, at the linger that is the default."""


def summary(results: Mapping[str, Sequence[Result]], latency: Mapping[str, Any]) -> str:
    """One bullet each: how many triggers, at what cost beside Java, and how soon."""
    unitary, fast, java = (results[name] for name in ("unitary", "high-throughput", "streams"))
    [delay] = [
        cell["delay"]
        for cell in latency["cells"]
        if (cell["lane"], cell["rate"], cell["linger_ms"]) == ("unitary", RATE, LINGER_MS)
    ]
    return (
        f"- One process executes {rates(unitary).median:,.0f} triggers a second with profiles and claims, "
        f"and {rates(fast).median:,.0f} on the high-throughput lane, on two cores shared with its servers.\n"
        f"- A trigger costs {cpu(unitary).median:.0f} and {cpu(fast).median:.0f} µs of CPU. Rendering the "
        f"same in Kafka Streams (Java) costs {cpu(java).median:.0f}, with no profiles, claims or replay.\n"
        f"- At {RATE:,} triggers a second a delivery can be read {delay['p50']:.0f} ms after its trigger was "
        f"sent (median; {delay['p99']:.0f} ms for 99 of 100).\n"
    )

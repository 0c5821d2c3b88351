"""The figures of a report: sums of what was counted, their rates, and percentiles of latencies."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from consumer.rules.latency import percentile
from schemas.json import JsonObject

Counts = Mapping[tuple[str, str], int]
"""By metric and detail."""

OUTCOMES: Final = {"deliveries": "delivery", "excluded": "excluded", "rejected": "rejected", "held": "held"}
"""Their sum is `targeted`."""
FEEDBACK: Final = (
    *("sent", "deferred", "delivered", "failed"),
    *("bounced", "bouncedHard", "bouncedSoft", "bouncedIgnored"),
    *("opened", "openedUnique", "openedMachine", "openedMachineUnique"),
    *("clicked", "clickedUnique", "clickedMachine", "clickedMachineUnique"),
    *("unsubscribed", "resubscribed", "complained"),
)
_DETAILED: Final = {
    "excludedByReason": "excluded",
    "rejectedByReason": "rejected",
    "heldByReason": "held",
    "bouncedByCategory": "bouncedCategory",
    "clickedByLink": "clickedLink",
}
_RATES: Final = {
    "deliveryRate": ("delivered", "sent"),
    "bounceRate": ("bounced", "sent"),
    "openRate": ("openedUnique", "delivered"),
    "uniqueClickRate": ("clickedUnique", "delivered"),
    "clickToOpenRate": ("clickedUnique", "openedUnique"),
    "unsubscribeRate": ("unsubscribed", "delivered"),
    "complaintRate": ("complained", "delivered"),
}
LATENCIES: Final = ("triggerToDelivery", "deliveryToSent", "sentToDelivered")
_MEDIAN: Final = 0.5
_P95: Final = 0.95


def figures(counts: Iterable[tuple[str, str, int]]) -> JsonObject:
    """All figures, from metric, detail and count."""
    by_detail: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for metric, detail, count in counts:
        by_detail[metric][detail] += count
    totals = {metric: details.total() for metric, details in by_detail.items()}
    outcomes = {name: totals.get(metric, 0) for name, metric in OUTCOMES.items()}
    numbers = {
        "targeted": sum(outcomes.values()),
        **outcomes,
        **{metric: totals.get(metric, 0) for metric in FEEDBACK},
    }
    return {
        **numbers,
        **{name: _details(by_detail[metric]) for name, metric in _DETAILED.items()},
        "rates": {name: _rate(numbers[part], numbers[whole]) for name, (part, whole) in _RATES.items()},
        "latency": {name: _latency(by_detail[name]) for name in LATENCIES},
    }


def _details(counts: Counter[str]) -> JsonObject:
    """The largest first."""
    return {detail: count for detail, count in counts.most_common() if count}


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _latency(counts: Counter[str]) -> JsonObject:
    """In seconds; at most 5 % off (consumer/rules/latency.py)."""
    buckets = {int(bucket): count for bucket, count in counts.items() if count > 0}
    return {"medianSeconds": percentile(buckets, _MEDIAN), "p95Seconds": percentile(buckets, _P95)}

"""What a batch came to, told once it is committed: counters, and log lines without personal data."""

from collections import Counter
from collections.abc import Sequence

import structlog

from consumer.call import Call
from consumer.observe import Metrics
from consumer.outcome import Delivery, Exclusion, Rejection

log = structlog.get_logger()


class Tally:
    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = calls

    def tell(self, metrics: Metrics) -> None:
        """One line for the batch and one for each rejected trigger."""
        outcomes: Counter[tuple[str, str]] = Counter()
        deliveries: Counter[str] = Counter()
        dead_letters: Counter[str] = Counter()
        for call in self._calls:
            for outcome in call.outcomes:
                if isinstance(outcome, Delivery):
                    outcomes["delivery", ""] += 1
                    deliveries[outcome.channel.value] += 1
                elif isinstance(outcome, Exclusion):
                    outcomes["exclusion", outcome.reason.value] += 1
                elif isinstance(outcome, Rejection):
                    outcomes["rejection", outcome.reason.value] += 1
            if reasons := _rejections(call):
                dead_letters[reasons[0]] += 1
                log.warning("trigger rejected", **call.coordinates, reason=reasons[0], failures=len(reasons))
        profiles = sum(len(call.created) for call in self._calls)
        metrics.count_outcomes(outcomes)
        metrics.count_deliveries(deliveries)
        metrics.profiles_created(profiles)
        metrics.count_dead_letters(dead_letters)
        log.info(
            "batch executed",
            triggers=len(self._calls),
            deliveries=sum(deliveries.values()),
            exclusions=sum(n for (kind, _), n in outcomes.items() if kind == "exclusion"),
            rejections=sum(n for (kind, _), n in outcomes.items() if kind == "rejection"),
            profiles_created=profiles,
        )


def _rejections(call: Call) -> list[str]:
    return [outcome.reason.value for outcome in call.outcomes if isinstance(outcome, Rejection)]

"""What a batch came to, told once it is committed: counters, and log lines without personal data."""

from collections import Counter
from collections.abc import Sequence

import structlog

from consumer.call import Call
from consumer.observe import Metrics
from consumer.outcome import Exclusion, Rejection

log = structlog.get_logger()


class Tally:
    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = calls

    def tell(self, metrics: Metrics) -> None:
        """One line for the batch and one for each rejected trigger."""
        deliveries = Counter(delivery.channel for call in self._calls for delivery in call.deliveries())
        outcomes = Counter({("delivery", ""): deliveries.total()})
        dead_letters: Counter[str] = Counter()
        for call in self._calls:
            reasons = []
            for outcome in call.outcomes:
                if isinstance(outcome, Exclusion):
                    outcomes["exclusion", outcome.reason.value] += 1
                elif isinstance(outcome, Rejection):
                    outcomes["rejection", outcome.reason.value] += 1
                    reasons.append(outcome.reason.value)
            if reasons:
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
            deliveries=deliveries.total(),
            exclusions=sum(n for (kind, _), n in outcomes.items() if kind == "exclusion"),
            rejections=sum(n for (kind, _), n in outcomes.items() if kind == "rejection"),
            profiles_created=profiles,
        )

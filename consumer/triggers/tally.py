"""What a batch came to, told once it is committed: counters, and log lines without personal data."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import structlog

from consumer.monitoring.metrics import Metrics
from consumer.rules.outcome import Delivery, Exclusion, Rejection
from consumer.triggers.call import Call

log = structlog.get_logger()


@dataclass(slots=True)
class Tally:
    triggers: int = 0
    profiles_created: int = 0
    deliveries: Counter[str] = field(default_factory=Counter)
    """By channel."""
    exclusions: Counter[str] = field(default_factory=Counter)
    """By reason, as are rejections."""
    rejections: Counter[str] = field(default_factory=Counter)
    dead_letters: list[Mapping[str, object]] = field(default_factory=list)
    """What the log tells of each."""

    @classmethod
    def of(cls, calls: Sequence[Call]) -> Self:
        outcomes = [outcome for call in calls for outcome in call.outcomes]
        return cls(
            len(calls),
            sum([len(call.created) for call in calls]),
            Counter([outcome.plan.channel for outcome in outcomes if isinstance(outcome, Delivery)]),
            Counter([outcome.reason for outcome in outcomes if isinstance(outcome, Exclusion)]),
            Counter([outcome.reason for outcome in outcomes if isinstance(outcome, Rejection)]),
            [_told(call) for call in calls if call.rejections()],
        )

    @classmethod
    def sum(cls, tallies: Iterable[Self]) -> Self:
        total = cls()
        for tally in tallies:
            total.triggers += tally.triggers
            total.profiles_created += tally.profiles_created
            total.deliveries += tally.deliveries
            total.exclusions += tally.exclusions
            total.rejections += tally.rejections
            total.dead_letters += tally.dead_letters
        return total

    def tell(self, metrics: Metrics) -> None:
        """One line for the batch and one for each rejected trigger."""
        metrics.count_outcomes("delivery", {"": self.deliveries.total()})
        metrics.count_outcomes("exclusion", self.exclusions)
        metrics.count_outcomes("rejection", self.rejections)
        metrics.count_deliveries(self.deliveries)
        metrics.profiles_created(self.profiles_created)
        metrics.count_dead_letters(Counter([str(letter["reason"]) for letter in self.dead_letters]))
        for letter in self.dead_letters:
            log.warning("trigger rejected", **letter)
        log.info(
            "batch executed",
            triggers=self.triggers,
            deliveries=self.deliveries.total(),
            exclusions=self.exclusions.total(),
            rejections=self.rejections.total(),
            profiles_created=self.profiles_created,
        )


def _told(call: Call) -> Mapping[str, object]:
    rejections = call.rejections()
    return {**call.coordinates, "reason": rejections[0].reason.value, "failures": len(rejections)}

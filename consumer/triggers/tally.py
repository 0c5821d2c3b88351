"""What a batch came to, told once it is committed: counters, and log lines without personal data."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import structlog

from consumer.monitoring.metrics import Metrics
from consumer.rules.outcome import Candidate, Delivery, Exclusion, Outcome, Rejection
from consumer.triggers.call import Call

log = structlog.get_logger()


@dataclass(slots=True)
class Tally:
    triggers: int = 0
    profiles_created: int = 0
    deliveries: Counter[str] = field(default_factory=Counter)
    """By channel."""
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By campaign, kind and reason; the campaign is empty where the registry has no live one."""
    dead_letters: list[Mapping[str, object]] = field(default_factory=list)
    """What the log tells of each."""

    @classmethod
    def of(cls, calls: Sequence[Call]) -> Self:
        outcomes = [outcome for call in calls for outcome in call.outcomes]
        return cls(
            len(calls),
            sum([len(call.created) for call in calls]),
            Counter([outcome.plan.channel for outcome in outcomes if isinstance(outcome, Delivery)]),
            Counter([_labels(call, outcome) for call in calls for outcome in call.outcomes]),
            [_told(call) for call in calls if call.rejections()],
        )

    @classmethod
    def sum(cls, tallies: Iterable[Self]) -> Self:
        total = cls()
        for tally in tallies:
            total.triggers += tally.triggers
            total.profiles_created += tally.profiles_created
            total.deliveries += tally.deliveries
            total.outcomes += tally.outcomes
            total.dead_letters += tally.dead_letters
        return total

    def tell(self, metrics: Metrics) -> None:
        """One line for the batch and one for each rejected trigger."""
        metrics.count_outcomes(self.outcomes)
        metrics.count_deliveries(self.deliveries)
        metrics.profiles_created(self.profiles_created)
        metrics.count_dead_letters(Counter([str(letter["reason"]) for letter in self.dead_letters]))
        for letter in self.dead_letters:
            log.warning("trigger rejected", **letter)
        log.info(
            "batch executed",
            triggers=self.triggers,
            deliveries=self.deliveries.total(),
            exclusions=self._total("exclusion"),
            rejections=self._total("rejection"),
            profiles_created=self.profiles_created,
        )

    def _total(self, kind: str) -> int:
        return sum(count for (_, of_kind, _), count in self.outcomes.items() if of_kind == kind)


def _labels(call: Call, outcome: Candidate | Outcome) -> tuple[str, str, str]:
    campaign = call.campaign.id if call.campaign else ""
    if isinstance(outcome, Delivery):
        return campaign, "delivery", ""
    if isinstance(outcome, Exclusion):
        return campaign, "exclusion", outcome.reason
    assert isinstance(outcome, Rejection)
    return campaign, "rejection", outcome.reason


def _told(call: Call) -> Mapping[str, object]:
    rejections = call.rejections()
    return {**call.coordinates, "reason": rejections[0].reason.value, "failures": len(rejections)}

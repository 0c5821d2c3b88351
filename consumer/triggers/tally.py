"""What a batch came to, reported once it is committed: counters, and log lines without personal data."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import structlog

from consumer.monitoring.metrics import Metrics
from consumer.rules.outcome import Delivery, Exclusion, Held, Outcome
from consumer.triggers.execution import Execution
from consumer.triggers.express.make import Made

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
    """Of what was rejected: the log's fields of each."""
    held: Counter[str] = field(default_factory=Counter)
    """Messages held, each with a dead letter of its own, by reason."""

    @classmethod
    def of(cls, executions: Sequence[Execution]) -> Self:
        labelled = [(each, outcome) for each in executions for outcome in each.outcomes]
        return cls(
            len(executions),
            sum([len(each.created) for each in executions]),
            Counter([outcome.plan.channel for _, outcome in labelled if isinstance(outcome, Delivery)]),
            Counter([_labels(each, outcome) for each, outcome in labelled]),
            [_log_fields(each) for each in executions if each.rejections()],
            Counter([outcome.reason.value for each in executions for outcome in each.held()]),
        )

    @classmethod
    def of_made(cls, made: Sequence[Made]) -> Self:
        """Of what the express way made: a delivery for each recipient on each channel."""
        tally, forms, recipients = cls(len(made)), {}, Counter[str]()
        for item, *_ in made:
            forms[item.form.campaign.id] = item.form
            recipients[item.form.campaign.id] += len(item.recipients)
        for id_, form in forms.items():
            tally.outcomes[id_, "delivery", ""] = recipients[id_] * len(form.channels)
            tally.deliveries.update({each.plan.channel: recipients[id_] for each in form.channels})
        return tally

    @classmethod
    def sum(cls, tallies: Iterable[Self]) -> Self:
        total = cls()
        for tally in tallies:
            total.triggers += tally.triggers
            total.profiles_created += tally.profiles_created
            total.deliveries += tally.deliveries
            total.outcomes += tally.outcomes
            total.dead_letters += tally.dead_letters
            total.held += tally.held
        return total

    def report(self, metrics: Metrics) -> None:
        """One line for the batch and one for each rejected trigger."""
        metrics.count_outcomes(self.outcomes)
        metrics.count_deliveries(self.deliveries)
        metrics.profiles_created(self.profiles_created)
        rejected = Counter([str(letter["reason"]) for letter in self.dead_letters])
        metrics.count_dead_letters(rejected + self.held)
        for letter in self.dead_letters:
            log.warning("trigger rejected", **letter)
        log.info(
            "batch executed",
            triggers=self.triggers,
            deliveries=self.deliveries.total(),
            exclusions=self._total("exclusion"),
            rejections=self._total("rejection"),
            held=self.held.total(),
            profiles_created=self.profiles_created,
        )

    def _total(self, kind: str) -> int:
        return sum(count for (_, of_kind, _), count in self.outcomes.items() if of_kind == kind)


def _labels(execution: Execution, outcome: Outcome) -> tuple[str, str, str]:
    campaign = execution.campaign.id if execution.campaign else ""
    if isinstance(outcome, Delivery):
        return campaign, "delivery", ""
    if isinstance(outcome, Held):
        return campaign, "held", outcome.reason
    kind = "exclusion" if isinstance(outcome, Exclusion) else "rejection"
    return campaign, kind, outcome.reason


def _log_fields(execution: Execution) -> Mapping[str, object]:
    rejections = execution.rejections()
    reason = rejections[0].reason.value
    return {**execution.call.log_fields, "reason": reason, "failures": len(rejections)}

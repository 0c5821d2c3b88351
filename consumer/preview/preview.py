"""A preview: each channel's message for each recipient, and what would become of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consumer.preview.trial import Trial
from consumer.rules.outcome import Delivery, Exclusion, Outcome, Rejection
from consumer.rules.table import RULES
from consumer.triggers.execution import Execution
from schemas.channel import Channel
from schemas.json import JsonObject
from schemas.reasons import Reason


@dataclass(frozen=True, slots=True)
class Previewed:
    """One recipient on one channel."""

    recipient: str
    channel: Channel | None
    """None when the trigger could not be read."""
    outcome: str
    reason: Reason | None
    detail: str | None
    message: Delivery | None
    """None when it cannot be rendered."""

    def document(self) -> dict[str, object]:
        message = self.message
        return {
            "recipient": self.recipient,
            "channel": self.channel,
            "outcome": self.outcome,
            "reason": self.reason,
            "rule": rule_of(self.reason),
            "detail": self.detail,
            "locale": message.locale if message else None,
            "treatment": message.plan.treatment if message else None,
            "content": dict(message.content) if message else None,
        }


async def preview(trial: Trial, triggers: Sequence[JsonObject], now: datetime) -> list[Previewed]:
    """Raises LifecycleError for a trigger of another campaign."""
    judged = await trial.judge(triggers, now)
    rendered = await trial.render(triggers, now)
    return [
        each
        for strict, shown in zip(judged, rendered, strict=True)
        for each in _of_trigger(trial, strict, shown)
    ]


def _of_trigger(trial: Trial, strict: Execution, shown: Execution) -> Iterator[Previewed]:
    if not strict.call.all_recipients():
        outcome = strict.outcomes[0]
        yield Previewed("", None, *verdict(outcome), None)
    became, messages = by_pair(strict.outcomes), by_pair(shown.outcomes)
    for recipient in strict.call.all_recipients():
        for plan in trial.campaign.channels:
            outcome, message = became(recipient.name, plan.channel), messages(recipient.name, plan.channel)
            delivered = message if isinstance(message, Delivery) else None
            yield Previewed(recipient.name, plan.channel, *verdict(outcome), delivered)


class by_pair:  # noqa: N801 - called as a function
    """What was found for a recipient and channel, else for the recipient, else for the trigger."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._found: Mapping[tuple[str | None, Channel | None], Outcome] = {
            (each.recipient.name if each.recipient else None, each.channel): each for each in outcomes
        }

    def __call__(self, recipient: str, channel: Channel) -> Outcome:
        keys = ((recipient, channel), (recipient, None), (None, None))
        return next(self._found[key] for key in keys if key in self._found)


def verdict(outcome: Outcome) -> tuple[str, Reason | None, str | None]:
    """What it is called, why, and in which words."""
    match outcome:
        case Rejection(reason, detail):
            return "rejection", reason, detail
        case Exclusion():
            return "exclusion", outcome.reason, None
        case Delivery():
            return "delivery", None, None
    # What waits for a time is no outcome yet.
    return "held", getattr(outcome, "reason", None), getattr(outcome, "detail", None)


def rule_of(reason: Reason | None) -> int | None:
    """The number of the rule that gives the reason."""
    return next((rule.number for rule in RULES if reason in rule.reasons), None)

"""Why: each rule in the order in which it is tried, with its verdict and the values that it looked at."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

from consumer.dead_letters.mask import masked, masked_name
from consumer.preview.preview import by_pair, rule_of, verdict
from consumer.preview.trial import Trial
from consumer.preview.values import Facts, looked_at
from consumer.rules.table import RULES, Rule
from consumer.triggers.execution import Execution
from schemas.channel import Channel
from schemas.json import JsonObject
from schemas.reasons import Reason

ORDER: Final = (*range(1, 12), 14, 15, 12, 16, 13)
"""Of the rules' numbers, which are older than some rules."""


class Verdict(NamedTuple):
    rule: int
    requires: str
    verdict: Literal["passed", "failed", "not reached", "unknown"]
    reason: Reason | None = None
    detail: str | None = None
    values: Mapping[str, object] = {}

    def document(self) -> dict[str, object]:
        return self._asdict()


async def explain(
    trial: Trial, triggers: Sequence[JsonObject], now: datetime, *, reveal: bool = False
) -> list[dict[str, object]]:
    """For each recipient and channel, each rule. Raises LifecycleError for a trigger of another campaign."""
    executions = await trial.judge(triggers, now)
    facts = await Facts.of(trial, executions, now)
    return [each for execution in executions for each in _explained(trial, execution, facts, reveal=reveal)]


def _explained(trial: Trial, execution: Execution, facts: Facts, *, reveal: bool) -> list[dict[str, object]]:
    recipients = execution.call.all_recipients()
    if not recipients:
        _, reason, detail = verdict(execution.outcomes[0])
        return [
            {"recipient": None, "channel": None, "outcome": "rejection", "rules": _documents(reason, detail)}
        ]
    became = by_pair(execution.outcomes)
    explained: list[dict[str, object]] = []
    for recipient in recipients:
        for plan in trial.campaign.channels:
            outcome = became(recipient.name, plan.channel)
            kind, reason, detail = verdict(outcome)
            values = looked_at(trial, execution, recipient, plan, facts)
            shown = values if reveal else {rule: _masked(each) for rule, each in values.items()}
            explained.append({
                "recipient": recipient.name if reveal else masked_name(recipient.name),
                "channel": plan.channel,
                "outcome": kind,
                "reason": reason,
                "rules": _documents(reason, detail, shown),
            })  # fmt: skip
    return explained


def _documents(
    reason: Reason | None, detail: str | None, values: Mapping[int, Mapping[str, object]] | None = None
) -> list[dict[str, object]]:
    return [each.document() for each in verdicts(reason, detail, values or {})]


def verdicts(
    reason: Reason | None, detail: str | None, values: Mapping[int, Mapping[str, object]]
) -> list[Verdict]:
    """All rules passed when there is no reason; else all before the one that gives it."""
    failed = rule_of(reason)
    by_number = {rule.number: rule for rule in RULES}
    ordered = [number for number in ORDER if number in by_number]
    position = ordered.index(failed) if failed in ordered else len(ordered)
    return [
        _verdict(by_number[number], place - position, reason, detail, values.get(number, {}))
        if reason is None or failed
        else Verdict(number, by_number[number].requires, "unknown")
        for place, number in enumerate(ordered)
    ]


def _verdict(
    rule: Rule, distance: int, reason: Reason | None, detail: str | None, values: Mapping[str, object]
) -> Verdict:
    if distance < 0:
        return Verdict(rule.number, rule.requires, "passed", values=values)
    if distance > 0:
        return Verdict(rule.number, rule.requires, "not reached")
    return Verdict(rule.number, rule.requires, "failed", reason, detail, values)


def _masked(values: Mapping[str, object]) -> dict[str, object]:
    """What tells of a person is masked; what the campaign or the clock says is not."""
    personal = {"userId", "address", "consent", "variables", "preferredLanguage", "timeZone"}
    return {name: masked(value) if name in personal else value for name, value in values.items()}


def explain_outcomes(
    outcomes: Sequence[Mapping[str, object]], details: Mapping[tuple[object, object], str], *, reveal: bool
) -> list[dict[str, object]]:
    """The same of what is stored of a past execution, whose values are not kept."""
    explained: list[dict[str, object]] = []
    for outcome in outcomes:
        name, channel = outcome.get("recipient"), outcome.get("channel")
        reason = Reason(str(outcome["reason"])) if outcome.get("reason") in set(Reason) else None
        explained.append({
            "recipient": name if reveal or not isinstance(name, str) else masked_name(name),
            "channel": Channel(str(channel)) if channel else None,
            "outcome": outcome["outcome"],
            "reason": reason,
            "rules": _documents(reason, details.get((name, channel))),
        })  # fmt: skip
    return explained

"""What an execution adds to the figures of reports. Every outcome is one figure, so that they add up.

targeted = deliveries + excluded + rejected + held. A replay takes the place of what it replays: the
rejections of the attempt before are taken back, so that somebody held who got it later counts once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from consumer.rules.delivery_state import minute_of
from consumer.rules.latency import bucket

_BEFORE_START: Final = "before_start"
"""A rejection that is released by itself when the campaign starts: whoever it is of counts as held."""
_OPEN: Final = frozenset({"rejection", "held"})
"""Outcomes that a replay can take the place of."""


class Attempt(NamedTuple):
    """What is counted of one execution record."""

    number: int
    version: int
    executed_at: datetime
    triggered_at: datetime
    outcomes: Sequence[Mapping[str, object]]


class OutcomeFigure(NamedTuple):
    minute: datetime
    version: int
    channel: str
    treatment: str
    metric: str
    """delivery, excluded, rejected, held; or a latency."""
    detail: str
    """The reason; or the bucket."""


def outcome_figures(attempt: Attempt, replaced: Iterable[Attempt] = ()) -> Counter[OutcomeFigure]:
    """What the attempt adds, and what it takes back of those before, as `replaced_outcomes` gives it."""
    counted = Counter(_each(attempt))
    for each in replaced:
        counted.subtract(Counter(_each(each)))
    return counted


def replaced_outcomes(history: Sequence[Attempt], index: int) -> list[Attempt]:
    """The outcomes of earlier executions of a request that one of them is the replay of.

    `history` is in the order of the topic. Each outcome is an attempt of its own; it is replaced once.
    """
    still_open: list[Attempt] = []
    for place, attempt in enumerate(history):
        replaced: list[Attempt] = []
        for outcome in attempt.outcomes if attempt.number > 1 else ():
            for found in _replaced_by(outcome, [e for e in still_open if e.number == attempt.number - 1]):
                still_open.remove(found)
                replaced.append(found)
        if place == index:
            return replaced
        still_open += [attempt._replace(outcomes=(o,)) for o in attempt.outcomes if o["outcome"] in _OPEN]
    return []


def _replaced_by(outcome: Mapping[str, object], candidates: Sequence[Attempt]) -> Sequence[Attempt]:
    """Of one recipient and channel, the first; of a whole recipient or trigger, all that it stands for."""
    recipient, channel = outcome.get("recipient"), outcome.get("channel")
    fitting = [each for each in candidates if _fits(each.outcomes[0], recipient, channel)]
    return fitting[:1] if channel else fitting


def _fits(earlier: Mapping[str, object], recipient: object, channel: object) -> bool:
    of, by = earlier.get("recipient"), earlier.get("channel")
    if of is None or recipient is None:
        return True
    return of == recipient and (by is None or channel is None or by == channel)


def _each(attempt: Attempt) -> Iterable[OutcomeFigure]:
    minute = minute_of(attempt.executed_at)
    took = bucket((attempt.executed_at - attempt.triggered_at).total_seconds())
    for outcome in attempt.outcomes:
        channel, treatment = str(outcome.get("channel", "")), str(outcome.get("treatment", ""))
        reason = str(outcome.get("reason", ""))
        metric = _metric(str(outcome["outcome"]), reason)
        yield OutcomeFigure(minute, attempt.version, channel, treatment, metric, reason)
        if metric == "delivery":
            yield OutcomeFigure(minute, attempt.version, channel, treatment, "triggerToDelivery", str(took))


def _metric(outcome: str, reason: str) -> str:
    if outcome == "rejection" and reason == _BEFORE_START:
        return "held"
    return {"exclusion": "excluded", "rejection": "rejected"}.get(outcome, outcome)

"""How the outcomes of two versions differ. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from consumer.rules.outcome import Delivery, Exclusion, Rejection
from consumer.triggers.execution import Execution
from schemas.channel import Channel

EXAMPLES_MAX = 3
"""Of one kind of change."""

Key = tuple[str | None, Channel | None]
"""Recipient's name and channel; None for all of them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one version makes of a recipient and channel."""

    outcome: str
    reason: str | None = None
    detail: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    """What a delivery says, part by part, with its channel configuration."""

    @property
    def label(self) -> str:
        return f"{self.outcome} {self.reason}" if self.reason else self.outcome


NOTHING = Verdict("nothing")
"""The version does not have the channel."""


@dataclass(frozen=True, slots=True)
class Example:
    request_id: str | None
    at: str
    """Topic, partition and offset of the trigger."""
    recipient: str | None
    channel: Channel | None
    before: Verdict
    after: Verdict


@dataclass(slots=True)
class Comparison:
    """What was found so far; its size grows with the kinds of change, not with the triggers."""

    triggers: int = 0
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Recipients and channels by what became of them before and after."""
    content_changed: int = 0
    """Triggers with a delivery that says something else."""
    examples: dict[tuple[str, str], list[Example]] = field(default_factory=dict)

    def add(self, before: Execution, after: Execution) -> None:
        """One trigger, as each of the versions decides it."""
        self.triggers += 1
        is_changed = False
        for key, first, second in _paired(_verdicts(before), _verdicts(after)):
            labels = first.label, second.label
            self.changes[labels] += 1
            if first.parts and second.parts and first.parts != second.parts:
                is_changed = True
            if labels[0] != labels[1] or (first.parts != second.parts):
                self._remember(labels, _example(before, key, first, second))
        self.content_changed += is_changed

    def _remember(self, labels: tuple[str, str], example: Example) -> None:
        examples = self.examples.setdefault(labels, [])
        if len(examples) < EXAMPLES_MAX:
            examples.append(example)


def _verdicts(execution: Execution) -> dict[Key, Verdict]:
    verdicts: dict[Key, Verdict] = {}
    for outcome in execution.outcomes:
        match outcome:
            case Delivery():
                key, verdict = _key(outcome), Verdict("delivery", parts=_parts(outcome))
            case Exclusion():
                key, verdict = _key(outcome), Verdict("exclusion", outcome.reason.value)
            case Rejection():
                key, verdict = _key(outcome), Verdict("rejection", outcome.reason.value, outcome.detail)
        verdicts[key] = verdict
    return verdicts


def _key(outcome: Delivery | Exclusion | Rejection) -> Key:
    return outcome.recipient.name if outcome.recipient else None, outcome.channel


def _parts(delivery: Delivery) -> dict[str, str]:
    parts = {"configuration": delivery.plan.configuration}
    for name, content in delivery.content.items():
        if isinstance(content, Mapping):
            parts |= {f"{name}.{key}": str(value) for key, value in content.items()}
        else:
            parts[name] = str(content)
    return parts


def _paired(
    before: Mapping[Key, Verdict], after: Mapping[Key, Verdict]
) -> Iterator[tuple[Key, Verdict, Verdict]]:
    """Each recipient and channel with both verdicts; one on all of them stands for each."""
    keys = dict.fromkeys([*before, *after])
    for key in keys:
        if not any(other != key and _covers(key, other) for other in keys):
            yield key, _verdict_on(key, before), _verdict_on(key, after)


def _covers(key: Key, other: Key) -> bool:
    """Whether `key` is about all that `other` is about, and more."""
    return key[1] is None and key[0] in (None, other[0])


def _verdict_on(key: Key, verdicts: Mapping[Key, Verdict]) -> Verdict:
    for wider in (key, (key[0], None), (None, None)):
        if wider in verdicts:
            return verdicts[wider]
    return NOTHING


def _example(execution: Execution, key: Key, before: Verdict, after: Verdict) -> Example:
    call = execution.call
    return Example(call.read.request_id, str(call.place), *key, before, after)

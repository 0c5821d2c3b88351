"""A scenario: a trigger that a person would recognise, and what it must come to."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from schemas.execution import OutcomeKind
from schemas.json import JsonObject
from schemas.reasons import Reason


@dataclass(frozen=True, slots=True)
class Expected:
    """One outcome as it must be."""

    kind: OutcomeKind
    reason: Reason | None = None
    to: str = ""
    """As `channel to userId`, or the userId alone for all channels; empty for the whole trigger."""
    mentions: tuple[str, ...] = ()
    """What the words that explain it must contain."""


def delivered(to: str, *mentions: str) -> Expected:
    return Expected(OutcomeKind.DELIVERY, None, to, mentions)


def excluded(reason: Reason, to: str) -> Expected:
    return Expected(OutcomeKind.EXCLUSION, reason, to)


def rejected(reason: Reason, to: str = "", *mentions: str) -> Expected:
    return Expected(OutcomeKind.REJECTION, reason, to, mentions)


@dataclass(frozen=True, slots=True)
class Scenario:
    title: str
    """Short enough for one line of a table."""
    trigger: JsonObject | bytes
    expected: tuple[Expected, ...]
    is_early: bool = False
    """Sent before the engine runs."""

    @property
    def key(self) -> bytes | None:
        """The recipient, so that one person's triggers keep their order: a repeat must come second."""
        recipients = self.trigger.get("recipients") if isinstance(self.trigger, dict) else None
        if not isinstance(recipients, list):
            return None
        return f"{recipients[0]['namespace']}:{recipients[0]['userId']}".encode()

    @property
    def value(self) -> bytes:
        return self.trigger if isinstance(self.trigger, bytes) else orjson.dumps(self.trigger)


@dataclass(frozen=True, slots=True)
class Act:
    """Scenarios that belong together."""

    title: str
    scenarios: Sequence[Scenario]


def scenario(
    title: str, trigger: JsonObject | bytes, *expected: Expected, is_early: bool = False
) -> Scenario:
    return Scenario(title, trigger, expected, is_early)


def trigger(request_id: str, campaign_id: str, *recipients: JsonObject, **context: object) -> JsonObject:
    return {
        "requestId": request_id,
        "campaignId": campaign_id,
        "context": context,
        "recipients": list(recipients),
    }


def person(name: str, **more: object) -> JsonObject:
    """A recipient, written `namespace:userId`."""
    namespace, _, user_id = name.partition(":")
    return {"namespace": namespace, "userId": user_id, **more}

"""What became of each trigger, put together from the topics that the engine wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from consumer.kafka.record import Record
from consumer.kafka.topics import Topics
from demo.scenario import Expected
from schemas import dead_letter
from schemas.channel import Channel
from schemas.execution import OutcomeKind
from schemas.place import Place
from schemas.reasons import TABLE, Reason

Json = dict[str, Any]

HEADLINE: Final = {"email": "subject", "sms": "text", "push": "title"}
"""What tells one message from another at a glance, by channel."""


@dataclass(frozen=True, slots=True)
class Result:
    """One outcome, with its explanation in words."""

    kind: OutcomeKind
    reason: Reason | None
    to: str
    words: str

    def is_as(self, expected: Expected) -> bool:
        return (self.kind, self.reason, self.to) == (expected.kind, expected.reason, expected.to) and all(
            mention in self.words for mention in expected.mentions
        )


def is_surprise(results: Sequence[Result], expected: Sequence[Expected]) -> bool:
    """Whether it did not come out as told."""
    return len(results) != len(expected) or not all(map(Result.is_as, results, expected))


class Chronicle:
    def __init__(self, topics: Topics, records: Mapping[str, Sequence[Record]]) -> None:
        self._executions = {_source(value): value for value in _values(records[topics.executions])}
        self._letters = {_origin(letter): letter for letter in map(_headers, records[topics.dead_letters])}
        self.deliveries: dict[str, Json] = {
            value["deliveryId"]: value
            for channel in Channel
            for value in _values(records[topics.deliveries(channel)])
        }
        self._created = {
            (value["requestId"], value["userId"]) for value in _values(records[topics.profiles_created])
        }

    def is_settled(self, trigger: Place) -> bool:
        """Whether all that its execution or dead letter speaks of is here.

        A committed transaction becomes visible on one partition after the other.
        """
        letter, execution = self._letters.get(trigger), self._executions.get(trigger)
        if execution is None:
            has_execution = letter and dead_letter.REQUEST_ID in letter and dead_letter.CAMPAIGN_ID in letter
            return bool(letter) and not has_execution
        outcomes = execution["outcomes"]
        is_whole = letter or not any(outcome["outcome"] == "rejection" for outcome in outcomes)
        ids = {outcome["deliveryId"] for outcome in outcomes if outcome["outcome"] == "delivery"}
        return bool(is_whole) and ids <= self.deliveries.keys()

    def results(self, trigger: Place) -> Sequence[Result]:
        """The trigger's outcomes; one whose ids could not be read has a dead letter only."""
        letter = self._letters.get(trigger, {})
        execution = self._executions.get(trigger)
        if execution is None:
            return [_rejection(letter)] if letter else []
        return [self._result(execution, outcome, letter) for outcome in execution["outcomes"]]

    def delivered_for(self, trigger: Place) -> Sequence[Json]:
        """The deliveries that the trigger made."""
        outcomes = self._executions.get(trigger, {}).get("outcomes", [])
        ids = [outcome["deliveryId"] for outcome in outcomes if outcome["outcome"] == "delivery"]
        return [self.deliveries[id_] for id_ in ids if id_ in self.deliveries]

    def settled(self) -> set[Place]:
        """The triggers that are."""
        return {trigger for trigger in self._executions.keys() | self._letters if self.is_settled(trigger)}

    def _result(self, execution: Json, outcome: Json, letter: Mapping[str, str]) -> Result:
        to = _to(outcome)
        match outcome["outcome"]:
            case "delivery":
                return Result(OutcomeKind.DELIVERY, None, to, self._delivery_words(execution, outcome))
            case "exclusion":
                reason = Reason(outcome["reason"])
                return Result(OutcomeKind.EXCLUSION, reason, to, TABLE[reason].meaning)
        return _rejection(letter, outcome)

    def _delivery_words(self, execution: Json, outcome: Json) -> str:
        delivery = self.deliveries.get(outcome["deliveryId"])
        if delivery is None:
            return "but no such delivery is on its topic!"
        words = "“" + str(delivery["content"][HEADLINE[delivery["channel"]]]).partition("\n")[0] + "”"
        if (execution["requestId"], delivery["recipient"]["userId"]) in self._created:
            words += " (and a profile was created)"
        return words


def _rejection(letter: Mapping[str, str], outcome: Json | None = None) -> Result:
    told = outcome or {}
    reason = Reason(told.get("reason") or letter[dead_letter.REASON])
    return Result(OutcomeKind.REJECTION, reason, _to(told), _detail(letter, told))


def _detail(letter: Mapping[str, str], outcome: Json) -> str:
    for failure in orjson.loads(letter.get(dead_letter.FAILURES, "[]")):
        if all(failure.get(name) == outcome.get(name) for name in ("recipient", "channel")):
            return str(failure["detail"])
    return letter.get(dead_letter.DETAIL, "but there is no dead letter of it!")


def _to(outcome: Json) -> str:
    user_id = str(outcome.get("recipient") or "").partition(":")[2]
    channel = outcome.get("channel")
    return f"{channel} to {user_id}" if channel else user_id


def _values(records: Sequence[Record]) -> list[Json]:
    return [orjson.loads(record.value or b"{}") for record in records]


def _source(execution: Json) -> Place:
    return Place(**execution["source"])


def _headers(record: Record) -> dict[str, str]:
    # The original's own headers are any bytes.
    return {name: value.decode(errors="replace") for name, value in record.headers}


def _origin(letter: Mapping[str, str]) -> Place:
    return Place(
        letter[dead_letter.ORIGIN_TOPIC],
        int(letter[dead_letter.ORIGIN_PARTITION]),
        int(letter[dead_letter.ORIGIN_OFFSET]),
    )

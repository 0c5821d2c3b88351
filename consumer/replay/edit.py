"""Correcting a trigger on its way back: what `--set` and `--patch` ask for, applied to one letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import orjson

from consumer.dead_letters.letter import DeadLetter
from consumer.replay import merge_patch
from consumer.replay.assignment import Assignment, UnassignableError
from consumer.replay.changes import Change, changes
from consumer.replay.refusal import RefusalError, Why
from schemas.dead_letter import Failure
from schemas.json import InvalidJsonError, JsonObject, LossyNumbersError, MalformedJsonError, parse_json
from schemas.numbers import lossy_places, parse_keeping_digits
from schemas.trigger import Trigger, UnreadableTrigger, read_trigger


@dataclass(frozen=True, slots=True)
class Edited:
    value: bytes
    patch: JsonObject
    """RFC 7396, from the original to the value."""
    changes: Sequence[Change]
    failures: tuple[Failure, ...]
    """The letter's, with recipients by their new names."""


@dataclass(frozen=True, slots=True)
class Edit:
    assignments: tuple[Assignment, ...] = ()
    patch: JsonObject | None = None
    """Applied before the assignments."""

    def apply(self, letter: DeadLetter, value: bytes | None, *, force: bool = False) -> Edited:
        """Raises RefusalError. With `force`, the result need not be readable as a trigger."""
        before = _decoded(value)
        after = self._changed(value)
        encoded = orjson.dumps(after)
        read = read_trigger(encoded)
        if isinstance(read, UnreadableTrigger) and (not force or letter.failures):
            raise RefusalError(Why.UNCHANGEABLE, f"Changed, it would be {read.reason}: {read.detail}")
        return Edited(
            encoded,
            merge_patch.difference(before, after),
            list(changes(before, after)),
            _renamed(letter, read_trigger(value), read),
        )

    def _changed(self, value: bytes | None) -> JsonObject:
        # Decoded again: assignments change the document that they are given.
        document: object = _decoded(value)
        if self.patch is not None:
            document = merge_patch.apply(self.patch, document)
        try:
            for assignment in self.assignments:
                assignment.apply(document)
        except UnassignableError as error:
            raise RefusalError(Why.UNCHANGEABLE, f"It cannot be changed: {error}.") from None
        for path, problem in lossy_places(document):
            raise RefusalError(Why.UNCHANGEABLE, f"Change this as well: {path} {problem}.")
        return cast("JsonObject", document)


def _decoded(value: bytes | None) -> JsonObject:
    try:
        document = parse_json(value)
    except MalformedJsonError:
        document = None
    except LossyNumbersError:
        document = parse_keeping_digits(value or b"")
    except InvalidJsonError as error:
        raise RefusalError(Why.UNCHANGEABLE, f"It cannot be changed: {error}.") from None
    if not isinstance(document, dict):
        raise RefusalError(Why.UNCHANGEABLE, "It cannot be changed: the value is not a JSON object.")
    return document


def _renamed(
    letter: DeadLetter, before: Trigger | UnreadableTrigger, after: Trigger | UnreadableTrigger
) -> tuple[Failure, ...]:
    """Who is still to get a message, after a change of a partly failed trigger.

    The others got theirs. Only positions identify the recipients, so no change may send another
    message to those who have theirs, or be one that would count what was sent under another request.
    """
    if not letter.failures:
        return ()
    if isinstance(before, UnreadableTrigger) or isinstance(after, UnreadableTrigger):
        raise RefusalError(Why.UNCHANGEABLE, "A partly executed trigger must be readable to be changed.")
    if (before.request_id, before.campaign_id) != (after.request_id, after.campaign_id):
        raise _partly("its requestId and campaignId must stay")
    if len(before.recipients) != len(after.recipients):
        raise _partly("the number of its recipients must stay")
    failed = {failure.recipient for failure in letter.failures}
    names = {old.name: new.name for old, new in zip(before.recipients, after.recipients, strict=True)}
    if any(old != new for old, new in names.items() if old not in failed):
        raise _partly("recipients that did not fail must stay in their places")
    return tuple(
        failure.model_copy(update={"recipient": names.get(failure.recipient, failure.recipient)})
        for failure in letter.failures
    )


def _partly(what: str) -> RefusalError:
    return RefusalError(
        Why.UNCHANGEABLE,
        f"This trigger was partly executed: {what}, or somebody could get the same message twice.",
    )

"""Which letters are resolved already: by the compacted topic, whose last word on a letter counts."""

from array import array
from collections.abc import Collection, Mapping
from typing import Final

import orjson
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from consumer.dead_letters.letter import DeadLetter, milliseconds
from consumer.kafka.cluster import Cluster
from consumer.kafka.record import Record
from consumer.kafka.scan import scanning
from consumer.kafka.span import Span
from schemas.json import JsonObject
from schemas.place import LetterPlace

_NOTHING: Final = -1
_instant = TypeAdapter(AwareDatetime)


class Resolved:
    """For each letter in the spans the failure that was resolved: eight bytes for each offset.

    A million Python objects in a dictionary would be ten times as much.
    """

    def __init__(self, spans: Mapping[int, Span]) -> None:
        self._spans = spans
        self._failures = {p: array("q", [_NOTHING]) * span.length for p, span in spans.items()}

    def __contains__(self, letter: DeadLetter) -> bool:
        """A recreated topic uses its offsets again, so the failure must be the same one."""
        partition, offset = letter.at
        span = self._spans.get(partition)
        if span is None or offset not in span:
            return False
        return self._failures[partition][offset - span.start] == milliseconds(letter.failed_at)

    def note(self, record: Record) -> None:
        """Take over what a record says; one without a value takes the resolution back."""
        at = _letter_of(record)
        if at is None or at.partition not in self._spans or at.offset not in self._spans[at.partition]:
            return
        failed_at = _failed_at(record.value)
        if failed_at is not None:
            self._failures[at.partition][at.offset - self._spans[at.partition].start] = failed_at


async def read_resolved(cluster: Cluster, letters: Mapping[int, Span]) -> Resolved:
    """Read all resolutions there are, for the letters in these spans.

    To the very end, open transactions included: a resolution behind one that hangs must not be missed, for
    its letter would be replayed twice. The reader waits until they end.
    """
    resolved = Resolved(letters)
    topic = cluster.topics.resolutions
    spans = await cluster.spans(topic, with_open_transactions=True)
    async with scanning(cluster, topic, spans) as fetches:
        async for records in fetches:
            for record in records:
                resolved.note(record)
    return resolved


async def find_resolutions(
    cluster: Cluster, letters: Collection[DeadLetter]
) -> dict[LetterPlace, JsonObject]:
    """The whole resolutions of these few letters, as they are on the wire."""
    wanted = {letter.at: letter for letter in letters}
    found: dict[LetterPlace, JsonObject] = {}
    topic = cluster.topics.resolutions
    spans = await cluster.spans(topic, with_open_transactions=True)
    async with scanning(cluster, topic, spans) as fetches:
        async for records in fetches:
            for record in records:
                at = _letter_of(record)
                if at in wanted and _failed_at(record.value) == milliseconds(wanted[at].failed_at):
                    found[at] = orjson.loads(record.value or b"")
                elif at in wanted:
                    found.pop(at, None)
    return found


def _letter_of(record: Record) -> LetterPlace | None:
    try:
        return LetterPlace.parse((record.key or b"").decode())
    except ValueError:
        return None


def _failed_at(value: bytes | None) -> int | None:
    """Milliseconds; -1 when a resolution was taken back; None when it is no resolution.

    Read tolerantly: a newer Clarion's resolution may say more, and counts.
    """
    if value is None:
        return _NOTHING
    try:
        return milliseconds(_instant.validate_python(orjson.loads(value)["failedAt"]))
    except (orjson.JSONDecodeError, ValidationError, KeyError, TypeError):
        return None

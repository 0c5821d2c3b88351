"""Which dead letters a person means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from consumer.dead_letters.letter import DeadLetter
from consumer.kafka.span import Span
from schemas.place import LetterPlace
from schemas.reasons import Reason

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is empty or None does not choose; each of the others must agree."""

    reasons: frozenset[str] = frozenset()
    """Any of them: the letter's own, or one of its failures'."""
    campaigns: frozenset[str] = frozenset()
    request_ids: frozenset[str] = frozenset()
    since: datetime | None = None
    """Of the failure; inclusive."""
    until: datetime | None = None
    """Of the failure; exclusive."""
    at: frozenset[LetterPlace] = frozenset()
    with_held: bool = False
    """Also those that wait for a time; otherwise they must be chosen by their reason or place."""
    due_by: datetime | None = None
    """Only those to be released by then."""
    starts: Mapping[int, int] | None = None
    """Where to begin reading, by partition; the partitions that it does not name are left out."""

    @property
    def is_explicit(self) -> bool:
        """Whether anything was chosen at all."""
        return self != Choice()

    def takes(self, letter: DeadLetter) -> bool:
        return (
            (not self.at or letter.at in self.at)
            and (not self.reasons or not self.reasons.isdisjoint(letter.reasons))
            and (not self.campaigns or letter.campaign_id in self.campaigns)
            and (not self.request_ids or letter.request_id in self.request_ids)
            and (self.since is None or letter.failed_at >= self.since)
            and (self.until is None or letter.failed_at < self.until)
            and (self.due_by is None or (letter.release_at or _NEVER) <= self.due_by)
            and (self.takes_held or not letter.is_held)
        )

    @property
    def takes_held(self) -> bool:
        return self.with_held or bool(self.at) or Reason.QUIET_HOURS in self.reasons

    def narrowed(self, spans: Mapping[int, Span]) -> dict[int, Span]:
        """What of the topic has to be read to find all that is chosen."""
        if self.starts is not None:
            starts = self.starts
            spans = {p: span.cut(starts[p], span.end) for p, span in spans.items() if p in starts}
        if not self.at:
            return dict(spans)
        offsets: dict[int, list[int]] = {}
        for partition, offset in self.at:
            offsets.setdefault(partition, []).append(offset)
        return {p: spans[p].cut(min(o), max(o) + 1) for p, o in offsets.items() if p in spans}

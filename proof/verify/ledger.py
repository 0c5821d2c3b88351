"""Triggers as they lie on their topic, joined with what was expected of them and with what was told."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from proof.verify.evidence import Evidence, Found, Json, Place
from proof.workload.request import Message, Outcome, Request

AFTER_END = (Outcome(None, None, "rejection", "after_end"),)


@dataclass(frozen=True, slots=True)
class Entry:
    """One trigger record."""

    place: Place
    trigger: Found
    request: Request
    executions: Sequence[Json]
    """One, if the trigger could be read."""

    @property
    def told(self) -> list[Json]:
        """The outcomes by the first execution record."""
        return self.executions[0]["outcomes"] if self.executions else []

    def __str__(self) -> str:
        return f"request {self.request.number} at {self.place.partition}:{self.place.offset}"


class Ledger:
    def __init__(self, requests: Sequence[Request], evidence: Evidence) -> None:
        by_place: dict[Place, list[Json]] = defaultdict(list)
        for found in evidence.executions:
            source = found.json["source"]
            by_place[Place(source["partition"], source["offset"])].append(found.json)
        numbered = self._numbered = {request.number: request for request in requests}
        self.entries = [
            Entry(trigger.place, trigger, numbered[trigger.number], by_place.get(trigger.place, []))
            for trigger in evidence.triggers
            if trigger.number in numbered
        ]
        self.entries.sort(key=lambda entry: entry.place)
        self.by_place = {entry.place: entry for entry in self.entries}
        self._candidates: dict[str, list[tuple[Entry, Message]]] = defaultdict(list)
        for entry in self.entries:
            for message in entry.request.messages:
                self._candidates[message.id].append((entry, message))
        self.winners = {id_: self._winner(id_, entries) for id_, entries in self._candidates.items()}

    def _winner(self, id_: str, candidates: list[tuple[Entry, Message]]) -> tuple[Entry, Message]:
        """Whose delivery it is: on one partition the first; between partitions the one that says so."""
        firsts = {entry.place.partition: (entry, message) for entry, message in reversed(candidates)}
        said = [first for first in firsts.values() if _delivers(first[0], id_)]
        return said[0] if said else candidates[0]

    def expected(self, entry: Entry) -> tuple[Outcome, ...]:
        """What is to become of this record, beside the others with the same request id."""
        if self._ended_before(entry):
            return AFTER_END
        return tuple(self._settled(entry, outcome) for outcome in entry.request.outcomes)

    def deliveries(self) -> Mapping[str, tuple[Entry, Message]]:
        """The deliveries there are to be, by id."""
        return {
            id_: (entry, message)
            for id_, (entry, message) in self.winners.items()
            if not self._ended_before(entry)
        }

    def _ended_before(self, entry: Entry) -> bool:
        """Judged by the clock that the engine tells of: both sides of the end are right, if it says so."""
        end = entry.request.ends_at
        if end is None or not entry.executions or entry.request.is_whole_rejection:
            return False
        return datetime.fromisoformat(entry.executions[0]["executedAt"]) >= end

    def _settled(self, entry: Entry, outcome: Outcome) -> Outcome:
        if outcome.message is None:
            return outcome
        winner, message = self.winners[outcome.message.id]
        if winner is entry:
            return outcome
        if message.content == outcome.message.content:
            return replace(outcome, kind="exclusion", reason="duplicate", message=None)
        return replace(outcome, kind="rejection", reason="request_conflict", message=None)

    def sent_counts(self) -> dict[int, int]:
        """How often each request lies on its topic."""
        counts = Counter(entry.request.number for entry in self.entries)
        return {number: counts[number] for number in self._numbered}

    def with_dead_letter(self) -> Iterator[tuple[Entry, list[Outcome]]]:
        """Entries that are to have one, with its failures."""
        for entry in self.entries:
            failures = [outcome for outcome in self.expected(entry) if outcome.kind == "rejection"]
            if failures:
                yield entry, failures


def _delivers(entry: Entry, id_: str) -> bool:
    return any(outcome.get("deliveryId") == id_ for outcome in entry.told)

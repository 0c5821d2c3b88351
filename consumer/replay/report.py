"""What a replay did, or would do."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from consumer.dead_letters.document import group_rows
from consumer.dead_letters.groups import Groups
from consumer.dead_letters.letter import DeadLetter
from consumer.replay.refusal import Refused, Why
from schemas.json import JsonObject

_LISTED_MAX: Final = 1_000


@dataclass(slots=True)
class Report:
    replayed: int = 0
    """Or to be replayed, in a preview."""
    groups: Groups = field(default_factory=Groups)
    """Of those, by reason and campaign."""
    refused: list[Refused] = field(default_factory=list)
    """The first thousand."""
    _refusals: Counter[Why] = field(default_factory=Counter)

    def note_replayed(self, letter: DeadLetter) -> None:
        self.replayed += 1
        self.groups.add((letter.reason, letter.campaign_id), letter)

    def note_refused(self, refused: Refused) -> None:
        self._refusals[refused.why] += 1
        if len(self.refused) < _LISTED_MAX:
            self.refused.append(refused)

    def add(self, other: "Report") -> None:
        self.replayed += other.replayed
        for key, group in other.groups.by_size():
            self.groups.merge(key, group)
        self.refused += other.refused[: _LISTED_MAX - len(self.refused)]
        self._refusals.update(other.refusals)

    @property
    def refusals(self) -> Mapping[Why, int]:
        return self._refusals


def document(report: Report) -> JsonObject:
    """The report as JSON, whichever door asks; how many there are is `replayed`."""
    return {
        "replayed": report.replayed,
        "groups": group_rows(report.groups, "reason", "campaignId"),
        "refusals": {why.value: count for why, count in report.refusals.items()},
        "refused": [
            {"at": str(one.at), "why": one.why.value, "sentence": one.sentence} for one in report.refused
        ],
    }

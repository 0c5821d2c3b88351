"""What a replay did, or would do."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from consumer.replay.letter import Coordinates, DeadLetter
from consumer.replay.refusal import Refused, Why

_LISTED_MAX: Final = 1_000


@dataclass(slots=True)
class Group:
    """Letters that are alike in some way."""

    count: int
    oldest: datetime
    newest: datetime
    example: Coordinates

    def add(self, letter: DeadLetter) -> None:
        self.count += 1
        self.oldest = min(self.oldest, letter.failed_at)
        self.newest = max(self.newest, letter.failed_at)


class Groups:
    """Counts by some key; memory grows with the keys, not with the letters."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str | None, ...], Group] = {}

    def add(self, key: tuple[str | None, ...], letter: DeadLetter) -> None:
        if group := self._groups.get(key):
            group.add(letter)
        else:
            self._groups[key] = Group(1, letter.failed_at, letter.failed_at, letter.at)

    def merge(self, key: tuple[str | None, ...], other: Group) -> None:
        """Add letters that were counted elsewhere."""
        if group := self._groups.get(key):
            group.count += other.count
            group.oldest, group.newest = min(group.oldest, other.oldest), max(group.newest, other.newest)
        else:
            self._groups[key] = other

    def by_size(self) -> list[tuple[tuple[str | None, ...], Group]]:
        """The largest first."""
        return sorted(self._groups.items(), key=lambda item: (-item[1].count, item[1].example))


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

    @property
    def refusals(self) -> Mapping[Why, int]:
        return self._refusals

"""Dead letters counted by what they have in common."""

from dataclasses import dataclass
from datetime import datetime

from consumer.dead_letters.letter import DeadLetter
from schemas.place import LetterPlace


@dataclass(slots=True)
class Group:
    """Letters that are alike in some way."""

    count: int
    oldest: datetime
    newest: datetime
    example: LetterPlace

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

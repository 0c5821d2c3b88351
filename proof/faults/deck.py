"""The kinds of faults, and a seeded order in which each comes before any comes again."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

from proof.faults import processes
from proof.faults.fault import Fault

KINDS: Mapping[str, Fault] = {
    "kill": processes.kill,
}


class Deck:
    def __init__(self, kinds: Sequence[str], seed: int) -> None:
        self._kinds = list(kinds)
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret

    def __iter__(self) -> Iterator[str]:
        while self._kinds:
            self._random.shuffle(self._kinds)
            yield from self._kinds

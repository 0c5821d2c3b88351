"""The search for the record whose output is too large for a topic."""

from collections.abc import Mapping, Sequence

from consumer.exactly_once.handler import Refusal
from consumer.kafka.record import Coordinates, Record


class Suspects:
    """True while there are any: then records are tried one by one."""

    def __init__(self) -> None:
        self.refused: dict[Coordinates, Refusal] = {}
        """Those that failed alone, and are refused on their next try."""
        self._one_by_one: set[Coordinates] = set()

    def __bool__(self) -> bool:
        return bool(self._one_by_one)

    def suspect(self, records: Sequence[Record]) -> None:
        """Find the record: try them one by one; the one that fails alone is refused on its next try."""
        coordinates = {(record.partition, record.offset) for record in records}
        self._one_by_one |= coordinates
        if len(records) == 1:
            [place] = coordinates
            again = place in self.refused
            self.refused[place] = Refusal.LETTER_TOO_LARGE if again else Refusal.TOO_LARGE

    def clear(self, offsets: Mapping[int, int]) -> None:
        """By next offset, as a suspect can have expired before it was tried again."""
        passed = {(p, offset) for p, offset in self._one_by_one if offset < offsets.get(p, 0)}
        self._one_by_one -= passed
        for coordinates in passed:
            self.refused.pop(coordinates, None)

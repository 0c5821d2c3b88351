"""The search for the record whose output is too large for a topic."""

from collections.abc import Mapping, Sequence

from consumer.exactly_once.handler import Refusal
from consumer.kafka.record import Record, place_of
from schemas.place import Place


class Suspects:
    """True while there are any: then records are tried one by one."""

    def __init__(self) -> None:
        self.refused: dict[Place, Refusal] = {}
        """Those that failed alone, and are refused on their next try."""
        self._one_by_one: set[Place] = set()
        self._unsendable: set[Place] = set()

    def __bool__(self) -> bool:
        return bool(self._one_by_one)

    def suspect(self, records: Sequence[Record]) -> bool:
        """Find the record: try them one by one; the one that fails alone is refused on its next try.

        Returns whether it is not the record but a topic: one refused even the least that a record makes.
        """
        places = {place_of(record) for record in records}
        self._one_by_one |= places
        if len(places) > 1:
            return False
        [place] = places
        if place not in self.refused:
            self.refused[place] = Refusal.TOO_LARGE
        elif place not in self._unsendable and self.refused[place] is Refusal.TOO_LARGE:
            self.refused[place] = Refusal.LETTER_TOO_LARGE
        else:
            # When the topic is corrected, neither the message nor the letter's original may be missing.
            self._unsendable.add(place)
            del self.refused[place]
        return place in self._unsendable

    def clear(self, offsets: Mapping[int, int]) -> None:
        """By next offset, as a suspect can have expired before it was tried again."""
        passed = {place for place in self._one_by_one if place.offset < offsets.get(place.partition, 0)}
        self._one_by_one -= passed
        self._unsendable -= passed
        for place in passed:
            self.refused.pop(place, None)

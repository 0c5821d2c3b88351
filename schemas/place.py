"""Where a record lies: how Clarion names it inside, in documents and in headers."""

from typing import NamedTuple, Self

from schemas.whole_numbers import partition_and_offset


class Place(NamedTuple):
    """Where a record lies; written `topic:partition:offset`."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


class LetterPlace(NamedTuple):
    """Where a dead letter lies, as all of them are on one topic; written `partition:offset`."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError."""
        try:
            return cls(*partition_and_offset(text))
        except ValueError:
            raise ValueError(f"{text!r} is not PARTITION:OFFSET, as 3:1042") from None

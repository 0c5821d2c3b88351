"""Where a page of a list ends, so that the next one goes on there, whatever came or went meanwhile."""

from datetime import datetime
from typing import NamedTuple, Self

from schemas.moment import read_moment
from schemas.whole_numbers import partition_and_offset


class Cursor(NamedTuple):
    """The last row shown: its time, and its place on the topic to part rows of one instant."""

    at: datetime
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}/{self.partition}/{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. Raises ValueError."""
        at, partition, offset = text.split("/")
        return cls(read_moment(at), *partition_and_offset(f"{partition}:{offset}"))

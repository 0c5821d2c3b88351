"""A stretch of one partition."""

from typing import NamedTuple, Self


class Span(NamedTuple):
    start: int
    end: int
    """The next offset: the span is empty when it equals the start."""

    def __contains__(self, offset: object) -> bool:
        return isinstance(offset, int) and self.start <= offset < self.end

    @property
    def length(self) -> int:
        return self.end - self.start

    def cut(self, start: int, end: int) -> Self:
        """What lies in both; empty if nothing does."""
        begin = min(max(self.start, start), self.end)
        return type(self)(begin, max(begin, min(self.end, end)))

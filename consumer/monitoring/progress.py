"""Whether work that was begun gets done, and what keeps it from being done."""

import re
from collections.abc import Callable
from time import monotonic
from typing import Literal

import structlog

log = structlog.get_logger()

STALLED_SECONDS = 5.0
"""Work that takes longer makes the process not ready. A batch takes milliseconds, a full one about a second."""
_CAUSES_MAX = 20
"""Logged in one outage; what comes after them is of the same kinds."""

Component = Literal["database", "kafka"]


def _count_nothing(_component: Component, _cause: str) -> None:
    """For work that has no metrics."""


class Progress:
    """One kind of work. Each cause of an outage is logged and counted once, and so is its end."""

    def __init__(self, work: str, count: Callable[[Component, str], None] = _count_nothing) -> None:
        self._work = work
        self._count = count
        self._since: float | None = None
        self._hindered_at = 0.0
        self._sentences: set[str] = set()
        self._kinds: set[str] = set()
        self.cause: str | None = None
        """What was the matter last, while the outage lasts."""

    def begun(self) -> None:
        """Some work is in hand, by now if it was not before."""
        if self._since is None:
            self._since = monotonic()

    def done(self, *, is_more: bool) -> None:
        """A piece of work is done; whether another is in hand."""
        self._since = monotonic() if is_more else None
        if self.cause is not None:
            self._over()

    def hindered(self, component: Component, error: BaseException, *, is_a_bug: bool = False) -> None:
        """It did not succeed, and is tried again."""
        if self.cause is None:
            self._hindered_at = monotonic()
        self.cause = str(error) or repr(error)
        kind = type(error).__name__
        if kind not in self._kinds:
            self._kinds.add(kind)
            self._count(component, kind)
        # Numbers differ each time: processes, ports, files, offsets.
        sentence = re.sub(r"\d+", "#", self.cause)
        if sentence not in self._sentences and len(self._sentences) < _CAUSES_MAX:
            self._sentences.add(sentence)
            log.warning(
                f"{self._work} waits", component=component, cause=self.cause, exc_info=is_a_bug and error
            )

    def stalled_seconds(self) -> float:
        """How long nothing was done of what is in hand; 0 unless that is too long."""
        waited = 0.0 if self._since is None else monotonic() - self._since
        return waited if waited > STALLED_SECONDS else 0.0

    def _over(self) -> None:
        log.info(f"{self._work} goes on", after_seconds=round(monotonic() - self._hindered_at, 1))
        self.cause = None
        self._sentences.clear()
        self._kinds.clear()

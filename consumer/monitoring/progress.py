"""Whether work that was begun gets done, and what keeps it from being done."""

from collections.abc import Callable
from time import monotonic
from typing import Literal

import structlog

from consumer.monitoring.reported import Reported

log = structlog.get_logger()

STALLED_SECONDS = 5.0
"""Work that takes longer makes the process not ready. A full batch takes about a second."""

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
        self._reported = Reported()
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
        if self._reported.is_new(self.cause):
            log.warning(
                "waiting",
                work=self._work,
                component=component,
                cause=self.cause,
                exc_info=error if is_a_bug else None,
            )

    def stalled_seconds(self) -> float:
        """How long nothing was done of what is in hand; 0 unless that is too long."""
        waited = 0.0 if self._since is None else monotonic() - self._since
        return waited if waited > STALLED_SECONDS else 0.0

    def _over(self) -> None:
        log.info("going on", work=self._work, after_seconds=round(monotonic() - self._hindered_at, 1))
        self.cause = None
        self._reported = Reported()
        self._kinds.clear()

"""Whether the process can execute triggers just now, and if not, why."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from consumer.monitoring.reported import Reported

log = structlog.get_logger()

PROBE_EVERY_SECONDS = 1.0
PROBE_SECONDS_MAX = 2.0
"""A probe without an answer has failed: a loss is noticed within five seconds, whatever hangs."""


class Health:
    def __init__(self) -> None:
        self._missing: dict[str, str] = {}
        self._reported: dict[str, Reported] = {}
        self._asked: list[Callable[[], list[str]]] = []

    def reasons(self) -> list[str]:
        """Why the process is not ready; nothing when it is."""
        return [*self._missing.values(), *(reason for ask in self._asked for reason in ask())]

    def ask(self, reasons: Callable[[], list[str]]) -> None:
        """Let a part of the engine speak for itself."""
        self._asked = [reasons]

    def missing(self, component: str, reason: str) -> None:
        self._missing[component] = reason

    def lost(self, component: str, reason: str) -> None:
        """As `missing`; each reason is logged once, however often it is reported, and so is the end."""
        self.missing(component, reason)
        if self._reported.setdefault(component, Reported()).is_new(reason):
            log.warning("not ready", component=component, cause=reason)

    def present(self, component: str) -> None:
        self._missing.pop(component, None)
        if self._reported.pop(component, None):
            log.info("ready again", component=component)

    async def probe(self, component: str, check: Callable[[], Awaitable[object]]) -> None:
        """Ask a server again and again whether it answers, until cancelled."""
        while True:
            checking = asyncio.ensure_future(check())
            try:
                # Not a timeout around the check: to give up a database's statement can take long itself.
                in_time, _ = await asyncio.wait({checking}, timeout=PROBE_SECONDS_MAX)
                if not in_time:
                    self.lost(component, f"{component} does not answer in time")
            finally:
                checking.cancel()
            [answer] = await asyncio.gather(checking, return_exceptions=True)
            if in_time and isinstance(answer, BaseException):
                said = str(answer) or type(answer).__name__
                self.lost(component, said if said.startswith(component) else f"{component}: {said}")
            elif in_time:
                self.present(component)
            await asyncio.sleep(PROBE_EVERY_SECONDS)

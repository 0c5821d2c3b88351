"""Whether the process can execute triggers just now, and if not, why."""

import asyncio
from collections.abc import Awaitable, Callable

PROBE_EVERY_SECONDS = 1.0
PROBE_SECONDS_MAX = 2.0
"""A probe without an answer has failed: a loss is noticed within five seconds, whatever hangs."""


class Health:
    def __init__(self) -> None:
        self._missing: dict[str, str] = {}
        self._asked: list[Callable[[], list[str]]] = []

    def reasons(self) -> list[str]:
        """Why the process is not ready; nothing when it is."""
        return [*self._missing.values(), *(reason for ask in self._asked for reason in ask())]

    def ask(self, reasons: Callable[[], list[str]]) -> None:
        """Let a part of the engine speak for itself."""
        self._asked = [reasons]

    def missing(self, component: str, reason: str) -> None:
        self._missing[component] = reason

    def present(self, component: str) -> None:
        self._missing.pop(component, None)

    async def probe(self, component: str, check: Callable[[], Awaitable[object]]) -> None:
        """Ask a server again and again whether it answers, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(PROBE_SECONDS_MAX):
                    await check()
            except Exception as error:  # noqa: BLE001 - whatever the failure, the component is not there
                self.missing(component, f"{component} does not answer: {str(error) or type(error).__name__}")
            else:
                self.present(component)
            await asyncio.sleep(PROBE_EVERY_SECONDS)

"""Lets one fault after the other happen while triggers flow, and measures how soon deliveries went on."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import asyncpg
from confluent_kafka import KafkaException

from proof.deck import Deck
from proof.faults import KINDS
from proof.processes import ProofError
from proof.stage import Stage

RECOVERY_SECONDS_MAX = 120.0
GAP_SECONDS = (0.5, 3.0)
GAP_SECONDS_IN_A_HURRY = (0.1, 1.0)

UNREACHABLE = (KafkaException, TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Event:
    """One fault that happened."""

    kind: str
    detail: str
    at: float
    """Seconds since the first trigger, as it began."""
    lasted: float
    first_delivery: float | None
    """Seconds from its end to a delivery for a trigger sent after it; None: it did not come."""
    all_partitions: float | None
    """And until that was so for each partition of the triggers."""


@dataclass(slots=True)
class Director:
    stage: Stage
    tell: Callable[[Event], None]
    started: float = 0.0

    async def run(self, until: float, kinds: Sequence[str]) -> None:
        """Until that moment of the monotonic clock; each kind comes at least once. Raises ProofError."""
        plan, self.started, missing = self.stage.plan, monotonic(), set(kinds)
        deck, gap = Deck(kinds, plan.seed), GAP_SECONDS_IN_A_HURRY if plan.is_hurried else GAP_SECONDS
        try:
            async with asyncio.TaskGroup() as recoveries:
                while missing or monotonic() < until:
                    await asyncio.sleep(self.stage.random.uniform(*gap))
                    if kinds:
                        recovery = recoveries.create_task(await self._happen(kind := deck.next()))
                        missing.discard(kind)
                        if not plan.is_hurried:
                            await recovery
        except ExceptionGroup as group:
            raise group.exceptions[0] from group

    async def _happen(self, kind: str) -> Coroutine[Any, Any, None]:
        """Break it; what is returned waits for the work to go on."""
        began = monotonic()
        detail = await _inflict(self.stage, kind)
        if not self.stage.workers.running():
            raise ProofError("No process of the engine is left.")
        return self._recover(kind, detail, began, monotonic())

    async def _recover(self, kind: str, detail: str, began: float, ended: float) -> None:
        number = len(self.stage.sender.requests)
        first = await self._delivered(number, ended, 1)
        every = await self._delivered(number, ended, self.stage.plan.partitions)
        at, lasted = round(began - self.started, 1), round(ended - began, 2)
        self.tell(Event(kind, detail, at, lasted, first, every))

    async def _delivered(self, number: int, ended: float, partitions: int) -> float | None:
        """Seconds until triggers sent after the fault were delivered, of so many partitions."""
        if await self.stage.pulse.delivered_since(number, partitions, RECOVERY_SECONDS_MAX):
            return round(monotonic() - ended, 2)
        return None


async def _inflict(stage: Stage, kind: str) -> str:
    try:
        return await KINDS[kind].happen(stage)
    except UNREACHABLE as error:
        # Servers that are not whole again from the fault before cannot be asked; what was broken stays so.
        return f"not as meant: {error!r}"

"""Lets one fault after the other happen while triggers flow, and measures how soon deliveries went on."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import asyncpg
from confluent_kafka import KafkaException

from proof.deck import Deck
from proof.faults import KINDS
from proof.stage import Stage

RECOVERY_SECONDS_MAX = 90.0
GAP_SECONDS = (0.5, 3.0)
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Event:
    """One fault that happened."""

    kind: str
    detail: str
    at: float
    """Seconds since the first trigger."""
    lasted: float
    first_delivery: float | None
    """Seconds from the fault's end to a delivery for a trigger sent after it; None: it did not come."""
    all_partitions: float | None
    """And until that was so for each partition of the triggers."""


async def direct(stage: Stage, until: float, tell: Callable[[Event], None]) -> None:
    """Until that moment of the monotonic clock; each kind comes at least once."""
    started, missing = monotonic(), set(stage.plan.faults)
    deck = Deck(stage.plan.faults, stage.plan.seed)
    while missing or monotonic() < until:
        await asyncio.sleep(stage.random.uniform(*GAP_SECONDS))
        kind = deck.next()
        tell(await _happen(stage, kind, started))
        missing.discard(kind)


async def _happen(stage: Stage, kind: str, started: float) -> Event:
    began = monotonic()
    detail = await _inflict(stage, kind)
    ended, number = monotonic(), len(stage.sender.requests)
    first = await _recovered(stage, number, ended, 1)
    every = await _recovered(stage, number, ended, stage.plan.partitions)
    return Event(kind, detail, round(began - started, 1), round(ended - began, 2), first, every)


async def _inflict(stage: Stage, kind: str) -> str:
    try:
        return await KINDS[kind].happen(stage)
    except (KafkaException, TimeoutError, OSError, asyncpg.PostgresError) as error:
        # Servers that are not whole again from the fault before cannot be asked; what was broken stays so.
        return f"not as meant: {error!r}"


async def _recovered(stage: Stage, number: int, ended: float, partitions: int) -> float | None:
    """Seconds until triggers sent after the fault were delivered, of so many partitions."""
    while monotonic() - ended < RECOVERY_SECONDS_MAX:
        if len(stage.pulse.partitions_since(number)) >= partitions:
            return round(stage.pulse.last_at - ended, 2)
        await asyncio.sleep(POLL_SECONDS)
    return None

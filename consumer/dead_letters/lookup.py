"""One dead letter with its original record, what was done about it, and its trigger's other tries."""

from collections.abc import Sequence
from dataclasses import dataclass

from consumer.dead_letters.choice import Choice
from consumer.dead_letters.chosen import choosing
from consumer.dead_letters.letter import DeadLetter
from consumer.dead_letters.resolved import find_resolutions
from consumer.dead_letters.source import Listed
from consumer.dead_letters.watcher import Watcher
from consumer.kafka.cluster import Cluster
from consumer.kafka.record import Record
from consumer.triggers.origin import Origin
from schemas.place import LetterPlace

_TRIES_MAX = 100


@dataclass(frozen=True, slots=True)
class Looked:
    listed: Listed
    record: Record
    tries: Sequence[Listed]
    """All letters of the same trigger, this one among them; empty when there can be no other."""


async def look_up(cluster: Cluster, at: LetterPlace) -> Looked | None:
    """None if there is no dead letter at this place."""
    async with choosing(cluster, Choice(at=frozenset({at})), Watcher()) as chosen:
        found = [one async for one in chosen]
    if not found:
        return None
    [(letter, record, is_resolved)] = found
    # Reading the whole topic is worth it only for one that has been tried before, or was replayed.
    tries = await _tries(cluster, letter) if letter.attempt > 1 or is_resolved else []
    resolutions = await find_resolutions(cluster, [letter, *tries])
    return Looked(
        Listed(letter, resolutions.get(at)),
        record,
        [Listed(tried, resolutions.get(tried.at)) for tried in tries],
    )


async def _tries(cluster: Cluster, letter: DeadLetter) -> list[DeadLetter]:
    if letter.origin is None:
        return []
    async with choosing(cluster, Choice(with_held=True), Watcher()) as letters:
        tries = [other async for other, *_ in letters if _is_same(other.origin, letter.origin)]
    return sorted(tries, key=lambda tried: tried.attempt)[:_TRIES_MAX]


def _is_same(origin: Origin | None, other: Origin) -> bool:
    # Attempts and failures differ from try to try.
    return (
        origin is not None
        and origin._replace(attempt=other.attempt, replayed_pairs=other.replayed_pairs) == other
    )

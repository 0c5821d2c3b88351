"""Resolving dead letters without replaying them."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from consumer.dead_letters.choice import Choice
from consumer.dead_letters.chosen import choosing
from consumer.dead_letters.letter import DeadLetter
from consumer.dead_letters.resolved import find_resolutions
from consumer.dead_letters.watcher import Watcher
from consumer.kafka.cluster import Cluster
from consumer.kafka.errors import TopicMissingError
from consumer.replay.destination import Destination, Destinations
from consumer.replay.outgoing import Run, resolution
from consumer.replay.writer import writing
from schemas.place import LetterPlace

_TRANSACTION_MAX: Final = 1_000


async def discard(
    cluster: Cluster, at: Collection[LetterPlace], run: Run, note: str
) -> dict[LetterPlace, str]:
    """Discard these letters; returns why not, for those that could not be.

    A letter is never both replayed and discarded: who does either is fenced by who does it later.
    """
    async with writing(cluster) as writer:
        destination = await _resolutions(cluster)
        async with choosing(cluster, Choice(at=frozenset(at)), Watcher()) as chosen:
            found = [(letter, is_resolved) async for letter, _, is_resolved in chosen]
        letters = [letter for letter, is_resolved in found if not is_resolved]
        now = datetime.now(UTC)
        for start in range(0, len(letters), _TRANSACTION_MAX):
            await writer.commit(
                resolution(letter, destination, run, "discard", now, note=note)
                for letter in letters[start : start + _TRANSACTION_MAX]
            )
    missing = set(at) - {letter.at for letter, _ in found}
    return dict.fromkeys(sorted(missing), "there is no dead letter") | await _resolved(
        cluster, [letter for letter, is_resolved in found if is_resolved]
    )


async def _resolutions(cluster: Cluster) -> Destination:
    async with cluster.admin() as admin:
        if destination := await Destinations(cluster, admin).find(cluster.topics.resolutions):
            return destination
    raise TopicMissingError(cluster.topics.resolutions)


async def _resolved(cluster: Cluster, letters: Collection[DeadLetter]) -> dict[LetterPlace, str]:
    if not letters:
        return {}
    found = await find_resolutions(cluster, letters)
    return {
        letter.at: "resolved already: {action} by {operator} at {at}".format_map(found[letter.at])
        if letter.at in found
        else "resolved already"
        for letter in letters
    }

"""Looking through dead letters on the topic itself: reads all of it each time, but keeps only the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappush, heappushpop

from consumer.dead_letters.choice import Choice
from consumer.dead_letters.chosen import choosing
from consumer.dead_letters.groups import Groups
from consumer.dead_letters.letter import DeadLetter
from consumer.dead_letters.resolved import find_resolutions
from consumer.dead_letters.source import GroupBy, LetterState, Listed, Page, cursor
from consumer.dead_letters.watcher import Watcher
from consumer.kafka.cluster import Cluster
from consumer.store.cursor import Cursor


class KafkaSource:
    """A DeadLetterSource that needs nothing but Kafka."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def page(self, choice: Choice, state: LetterState, limit: int, after: Cursor | None = None) -> Page:
        newest: list[tuple[Cursor, DeadLetter]] = []
        total = 0
        async with self._letters(choice, state) as letters:
            async for letter in letters:
                total += 1
                entry = (cursor(letter), letter)
                if after is not None and entry[0] >= after:
                    continue
                if len(newest) < limit:
                    heappush(newest, entry)
                else:
                    heappushpop(newest, entry)
        chosen = [letter for _, letter in sorted(newest, reverse=True)]
        resolutions = {} if state == "unresolved" else await find_resolutions(self._cluster, chosen)
        return Page([Listed(letter, resolutions.get(letter.at)) for letter in chosen], total)

    async def groups(self, choice: Choice, state: LetterState, by: GroupBy) -> Groups:
        groups = Groups()
        async with self._letters(choice, state) as letters:
            async for letter in letters:
                groups.add((letter.reason if by == "reason" else letter.campaign_id,), letter)
        return groups

    @asynccontextmanager
    async def _letters(self, choice: Choice, state: LetterState) -> AsyncIterator[AsyncIterator[DeadLetter]]:
        async with choosing(self._cluster, choice, Watcher()) as chosen:
            yield (
                letter
                async for letter, _, is_resolved in chosen
                if state == "all" or is_resolved == (state == "resolved")
            )

"""Looking through dead letters in PostgreSQL, where `clarion project` keeps up; else on the topic itself."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from config.settings import Settings
from consumer.dead_letters.choice import Choice
from consumer.dead_letters.groups import Group, Groups
from consumer.dead_letters.letter import DeadLetter
from consumer.dead_letters.source import DeadLetterSource, GroupBy, LetterState, Listed, Page
from consumer.reports.progress import shortfall
from consumer.store.cursor import Cursor
from consumer.store.database import Connection, Database
from consumer.store.dead_letter_lists import (
    DeadLetterFilter,
    ListedDeadLetter,
    count_dead_letters,
    list_dead_letters,
)
from consumer.store.errors import DatabaseError
from consumer.store.projections import projection_snapshot, read_offsets
from consumer.triggers.origin import Origin
from schemas.dead_letter import Failure
from schemas.delivery import timestamp
from schemas.json import JsonObject

T = TypeVar("T")


class ProjectedSource:
    """A DeadLetterSource that is quick with a million letters, and right without a projection."""

    def __init__(self, settings: Settings, topic: DeadLetterSource) -> None:
        self._settings = settings
        self._topic = topic

    async def page(self, choice: Choice, state: LetterState, limit: int, after: Cursor | None = None) -> Page:
        wanted = _filter(choice, state)
        found = await self._projected(partial(_page, wanted=wanted, limit=limit, after=after))
        return found or await self._topic.page(choice, state, limit, after)

    async def groups(self, choice: Choice, state: LetterState, by: GroupBy) -> Groups:
        found = await self._projected(partial(_groups, wanted=_filter(choice, state), by=by))
        return found or await self._topic.groups(choice, state, by)

    async def _projected(self, read: Callable[[Connection], Awaitable[T]]) -> T | None:
        """None unless the projection has all that the topics have."""
        if self._settings.database_url is None:
            return None
        try:
            async with (
                await Database.connect(self._settings.database_url) as database,
                projection_snapshot(database) as connection,
            ):
                if await shortfall(self._settings, await read_offsets(connection)):
                    return None
                return await read(connection)
        except DatabaseError:
            return None


def _filter(choice: Choice, state: LetterState) -> DeadLetterFilter:
    return DeadLetterFilter(
        choice.reasons,
        choice.campaigns,
        choice.request_ids,
        choice.since,
        choice.until,
        state,
        choice.takes_held,
    )


async def _page(connection: Connection, wanted: DeadLetterFilter, limit: int, after: Cursor | None) -> Page:
    total = sum(count.count for count in await count_dead_letters(connection, wanted))
    found = await list_dead_letters(connection, wanted, limit, after)
    return Page([Listed(_letter(listed), _resolution(listed)) for listed in found], total)


async def _groups(connection: Connection, wanted: DeadLetterFilter, by: GroupBy) -> Groups:
    groups = Groups()
    for found in await count_dead_letters(connection, wanted):
        key = found.reason if by == "reason" else found.campaign_id
        groups.merge((key,), Group(found.count, found.oldest, found.newest, found.example))
    return groups


def _letter(listed: ListedDeadLetter) -> DeadLetter:
    stored = listed.letter
    return DeadLetter(
        at=stored.letter,
        failed_at=stored.failed_at,
        reason=stored.reason,
        detail=stored.detail,
        failures=tuple(Failure.model_validate(failure) for failure in stored.failures or ()),
        campaign_id=stored.campaign_id,
        campaign_version=stored.campaign_version,
        request_id=stored.request_id,
        attempt=stored.attempt,
        origin=Origin(
            stored.origin,
            stored.origin_timestamp,
            stored.attempt + 1,
            None,
        ),
        release_at=stored.release_at,
    )


def _resolution(listed: ListedDeadLetter) -> JsonObject | None:
    resolution = listed.resolution
    if resolution is None:
        return None
    document: JsonObject = {
        "failedAt": listed.letter.failed_at_text,
        "action": resolution.action,
        "runId": resolution.run_id,
        "operator": resolution.operator,
        "at": timestamp(resolution.resolved_at),
    }
    return document | ({"note": resolution.note} if resolution.note else {})

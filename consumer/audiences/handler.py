"""What a consumer of the audience lane does around a batch: lets pages begin, notes what became of them.

Whether a page may be executed is settled in the database, by a row that one record owns: so a page that was
produced twice is executed once, and from the commit of a pause or an end on, none begins.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final
from uuid import UUID

import orjson
import structlog

from consumer.audiences.triggers import page_of, recipient_names
from consumer.exactly_once.handler import Handler, Ownership, Prepared, Refusal
from consumer.kafka.record import Outgoing, Record, place_of
from consumer.store.audience_executions import finish
from consumer.store.audience_pages import (
    HELD,
    Outcome,
    PageKey,
    begin_pages,
    check_epochs,
    decide_pages,
    forget_pages,
)
from consumer.store.database import Database
from consumer.triggers.call import read_call
from schemas.execution import OutcomeKind
from schemas.json import JsonObject
from schemas.place import Place
from schemas.reasons import Reason

log = structlog.get_logger()

ENDING: Final = {Reason.UNKNOWN_CAMPAIGN, Reason.CAMPAIGN_NOT_LIVE, Reason.AFTER_END}
"""Rejections of a whole trigger that end its execution: what is left is not sent, and no dead letter."""


@dataclass(frozen=True, slots=True)
class _Page:
    key: PageKey
    record: Record
    is_replay: bool
    """Of a dead letter: it is executed whatever became of the execution."""


class PageHandler:
    """Stands before the lane's handler; records that are no pages pass."""

    def __init__(self, inner: Handler, database: Database, executions_topic: str) -> None:
        self._inner = inner
        self._database = database
        self._executions_topic = executions_topic

    async def prepare(
        self,
        records: Sequence[Record],
        ownership: Ownership,
        refused: Mapping[Place, Refusal],
    ) -> Prepared:
        pages = dict(_pages(records))
        if not pages:
            return await self._inner.prepare(records, ownership, refused)
        dropped = await self._begin(pages)
        while True:
            prepared = await self._prepare(records, dropped, ownership, refused)
            outcomes = self._outcomes(prepared, pages)
            if not (ended := _ended(outcomes, pages)):
                break
            await self._end(ended, pages, ownership)
            dropped |= {owner for owners in ended.values() for owner in owners}
        if noted := list(_merged(_read(outcomes, pages))):
            await decide_pages(self._database, ownership.group_id, ownership.topic, ownership.epochs, noted)
        return prepared

    async def _begin(self, pages: Mapping[Place, _Page]) -> set[Place]:
        """Returns the records that are not executed: of a page that another has, or that may not begin."""
        fresh = {owner: page.key for owner, page in pages.items() if not page.is_replay}
        if not fresh:
            return set()
        owners, known = await begin_pages(self._database, fresh)
        dropped = {owner for owner, key in fresh.items() if key.execution_id in known and owner not in owners}
        if dropped:
            log.info(
                "pages dropped", pages=len(dropped), because="another record has them, or a pause or end"
            )
        return dropped

    async def _prepare(
        self,
        records: Sequence[Record],
        dropped: Collection[Place],
        ownership: Ownership,
        refused: Mapping[Place, Refusal],
    ) -> Prepared:
        kept = [record for record in records if place_of(record) not in dropped]
        if not kept:
            return Prepared(records, [], monotonic(), None, _nothing)
        prepared = await self._inner.prepare(kept, ownership, refused)
        if len(prepared.records) == len(kept):
            return replace(prepared, records=records)
        # The batch ends before the first record that was not taken.
        end = next(i for i, record in enumerate(records) if record is kept[len(prepared.records)])
        return replace(prepared, records=records[:end])

    def _outcomes(
        self, prepared: Prepared, pages: Mapping[Place, _Page]
    ) -> Mapping[Place, Sequence[JsonObject]]:
        """What the batch's own execution records say of its pages."""
        taken = {place_of(record) for record in prepared.records} & pages.keys()
        found = (_outcomes(each) for each in prepared.outgoing if each.topic == self._executions_topic)
        return {owner: outcomes for owner, outcomes in found if owner in taken}

    async def _end(
        self, ended: Mapping[Reason, Sequence[Place]], pages: Mapping[Place, _Page], ownership: Ownership
    ) -> None:
        for reason, owners in ended.items():
            keys = {owner: pages[owner].key for owner in owners}
            async with self._database.transaction() as connection:
                partitions = {owner.partition for owner in owners}
                await check_epochs(
                    connection, ownership.group_id, ownership.topic, ownership.epochs, partitions
                )
                ids: set[UUID] = {key.execution_id for key in keys.values()}
                await forget_pages(connection, keys)
                if await finish(connection, list(ids), "Failed", reason):
                    log.warning("audience execution ended", reason=reason, executions=sorted(map(str, ids)))


def _nothing() -> None:
    """There is nothing to report of a batch of which all was dropped."""


def _pages(records: Sequence[Record]) -> Iterable[tuple[Place, _Page]]:
    for record in records:
        if key := page_of(record):
            is_replay = len(record.headers) > 1 and read_call(record).replay is not None
            yield place_of(record), _Page(key, record, is_replay)


def _outcomes(outgoing: Outgoing) -> tuple[Place, Sequence[JsonObject]]:
    execution = orjson.loads(outgoing.value or b"")
    return Place(**execution["source"]), execution["outcomes"]


def _ended(
    outcomes: Mapping[Place, Sequence[JsonObject]], pages: Mapping[Place, _Page]
) -> dict[Reason, list[Place]]:
    """Pages rejected as a whole because of their campaign, by reason."""
    ended: dict[Reason, list[Place]] = {}
    for owner, found in outcomes.items():
        whole = found[0].get("reason") if found and "recipient" not in found[0] else None
        if whole in ENDING and not pages[owner].is_replay:
            ended.setdefault(Reason(str(whole)), []).append(owner)
    return ended


def _read(outcomes: Mapping[Place, Sequence[JsonObject]], pages: Mapping[Place, _Page]) -> Iterable[Outcome]:
    for owner, found in outcomes.items():
        page = pages[owner]
        names = recipient_names(page.record)
        yield Outcome(page.key, owner, _others(names, found, is_replay=page.is_replay), page.is_replay)


def _others(
    names: Sequence[str], outcomes: Sequence[JsonObject], *, is_replay: bool
) -> dict[str, str | None]:
    """Reasons by position; of a replay, None for those who got their message now."""
    by_name: dict[object, list[JsonObject]] = {}
    for outcome in outcomes:
        by_name.setdefault(outcome.get("recipient"), []).append(outcome)
    whole = by_name.get(None)
    reasons: dict[str, str | None] = {}
    for position, name in enumerate(names):
        if found := whole or by_name.get(name):
            reason = _reason(found)
            if reason is not None or is_replay:
                reasons[str(position)] = reason
    return reasons


def _reason(outcomes: Sequence[JsonObject]) -> str | None:
    """Why a member got nothing: held before a rejection before an exclusion; None with a delivery."""
    kinds = {str(outcome["outcome"]): str(outcome.get("reason")) for outcome in reversed(outcomes)}
    if OutcomeKind.DELIVERY in kinds:
        return None
    if OutcomeKind.HELD in kinds:
        return HELD
    return kinds.get(OutcomeKind.REJECTION) or next(iter(kinds.values()))


def _merged(outcomes: Iterable[Outcome]) -> Iterable[Outcome]:
    """One for each page: a page and its replay can come in one batch."""
    merged: dict[PageKey, Outcome] = {}
    for outcome in outcomes:
        if before := merged.get(outcome.page):
            outcome = before._replace(others={**before.others, **outcome.others})  # noqa: PLW2901
        merged[outcome.page] = outcome
    return merged.values()

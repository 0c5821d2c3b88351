"""Dead letters as operators look for them: in pages, the newest first, or counted by reason and campaign."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

import asyncpg

from consumer.store.cursor import Cursor
from consumer.store.dead_letters import StoredDeadLetter
from consumer.store.registry import AnyConnection
from consumer.store.resolutions import StoredResolution
from schemas.place import LetterPlace


@dataclass(frozen=True, slots=True)
class DeadLetterFilter:
    """What is empty or None does not choose; each of the others must agree."""

    reasons: Collection[str] = ()
    """Any of them, of any of a letter's failures."""
    campaign_ids: Collection[str] = ()
    request_ids: Collection[str] = ()
    since: datetime | None = None
    """By when it failed; inclusive, `until` is exclusive."""
    until: datetime | None = None
    state: Literal["unresolved", "resolved", "all"] = "unresolved"
    with_held: bool = False
    """Also those that wait for the end of quiet hours."""


class ListedDeadLetter(NamedTuple):
    letter: StoredDeadLetter
    resolution: StoredResolution | None
    """Only one that names this letter's failed_at."""


@dataclass(frozen=True, slots=True)
class DeadLetterCount:
    """Letters of one reason (the first of a letter's) and campaign (None: no valid one)."""

    reason: str
    campaign_id: str | None
    count: int
    oldest: datetime
    newest: datetime
    example: LetterPlace
    """The newest of them."""


_MATCHING: Final = """
    WHERE ($1::text[] IS NULL OR d.reasons && $1) AND ($2::text[] IS NULL OR d.campaign_id = ANY ($2))
      AND ($3::text[] IS NULL OR d.request_id = ANY ($3))
      AND ($4::timestamptz IS NULL OR d.failed_at >= $4) AND ($5::timestamptz IS NULL OR d.failed_at < $5)
"""
# Said outright, not as a parameter, so that the planner finds the indexes on open letters.
_STATE: Final = {"unresolved": "AND d.is_open", "resolved": "AND NOT d.is_open", "all": ""}
_NOT_HELD: Final = " AND d.reason <> 'quiet_hours'"
_LIST: Final = """
    SELECT d.*, r.* FROM dead_letters AS d
    LEFT JOIN resolutions AS r ON r.letter_partition = d.partition
        AND r.letter_offset = d.record_offset AND r.failed_at = d.failed_at
    {matching}
      AND ($6::timestamptz IS NULL OR (d.failed_at, d.partition, d.record_offset) < ($6, $7::int, $8::bigint))
    ORDER BY d.failed_at DESC, d.partition DESC, d.record_offset DESC LIMIT $9
"""
# As an array, since only PostgreSQL 18 finds the greatest of rows.
_COUNT: Final = """
    SELECT reason, campaign_id, count(*) AS count, min(failed_at) AS oldest, max(failed_at) AS newest,
           max(ARRAY[(extract(epoch FROM failed_at) * 1000000)::bigint, partition, record_offset]) AS example
    FROM dead_letters AS d {matching}
    GROUP BY reason, campaign_id ORDER BY count(*) DESC, reason, campaign_id
"""


async def list_dead_letters(
    connection: AnyConnection, wanted: DeadLetterFilter, limit: int, after: Cursor | None = None
) -> list[ListedDeadLetter]:
    """The newest first; one page, which begins after the cursor (the last letter's `cursor`)."""
    query = _LIST.format(matching=_matching(wanted))
    rows = await connection.fetch(query, *_values(wanted), *(after or (None, None, None)), limit)
    return [_listed(row) for row in rows]


async def count_dead_letters(
    connection: AnyConnection, wanted: DeadLetterFilter
) -> Sequence[DeadLetterCount]:
    """How many there are by reason and campaign, the most first."""
    rows = await connection.fetch(_COUNT.format(matching=_matching(wanted)), *_values(wanted))
    return [DeadLetterCount(**{**row, "example": LetterPlace(*row["example"][1:])}) for row in rows]


def _matching(wanted: DeadLetterFilter) -> str:
    return _MATCHING + _STATE[wanted.state] + ("" if wanted.with_held else _NOT_HELD)


def _values(wanted: DeadLetterFilter) -> tuple[object, ...]:
    chosen = (wanted.reasons, wanted.campaign_ids, wanted.request_ids)
    return *(list(names) or None for names in chosen), wanted.since, wanted.until


def _listed(row: asyncpg.Record) -> ListedDeadLetter:
    values, width = tuple(row.values()), len(StoredDeadLetter._fields)
    letter, resolution = StoredDeadLetter(*values[:width]), StoredResolution(*values[width:])
    return ListedDeadLetter(letter, resolution if resolution.action is not None else None)

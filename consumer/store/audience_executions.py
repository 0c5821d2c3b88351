"""Executions for audiences: what was asked for, how each stands, and the changes of its state."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from consumer.store.database import Connection
from schemas.json import JsonObject

State = Literal["InProgress", "Succeeded", "Failed"]


@dataclass(frozen=True, slots=True)
class StoredExecution:
    id: UUID
    campaign_id: str
    request_id: str
    audience_id: str
    context: JsonObject
    state: State
    is_paused: bool
    reason: str | None
    """Why it failed."""
    created_at: datetime
    created_by: str
    namespace: str | None
    """In which its members are named; None until the snapshot is taken, as for all the counts below."""
    targeted: int | None
    without_identity: int | None
    page_size: int | None
    pages: int | None
    next_page: int
    """The page that the expander produces next."""
    produced_pages: int
    """Pages that were produced at least once: those before this one."""
    generation: int
    """Raised whenever `next_page` is set back."""
    finished_at: datetime | None
    final_counts: Mapping[str, int] | None
    """Once its snapshot is pruned: members by reason, `delivery` among them."""


_COLUMNS: Final = """
    id, campaign_id, request_id, audience_id, context, state, is_paused, reason, created_at, created_by,
    namespace, targeted, without_identity, page_size, pages, next_page, produced_pages, generation,
    finished_at, final_counts
"""


async def insert_execution(
    connection: Connection,
    id_: str,
    *,
    campaign_id: str,
    request_id: str,
    audience_id: str,
    context: JsonObject,
    created_by: str,
) -> StoredExecution:
    """The execution of that id: the one that there was, or else this one."""
    await connection.execute(
        """
        INSERT INTO audience_executions (id, campaign_id, request_id, audience_id, context, created_by)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING
        """,
        *(id_, campaign_id, request_id, audience_id, context, created_by),
    )
    found = await find_execution(connection, id_)
    assert found is not None
    return found


async def find_execution(connection: Connection, id_: str) -> StoredExecution | None:
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM audience_executions WHERE id = $1",  # noqa: S608 - a constant
        id_,
    )
    return StoredExecution(**row) if row else None


async def find_executions(
    connection: Connection,
    *,
    campaign_ids: Collection[str] = (),
    state: State | None = None,
    limit: int = 100,
    before: tuple[datetime, UUID] | None = None,
) -> list[StoredExecution]:
    """The newest first, of these campaigns (none: of all); `before` is the last of the page before."""
    created_at, id_ = before or (None, None)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM audience_executions
        WHERE (cardinality($1::text[]) = 0 OR campaign_id = ANY ($1)) AND ($2::text IS NULL OR state = $2)
          AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
        ORDER BY created_at DESC, id DESC LIMIT $5
        """,  # noqa: S608 - a constant
        *(list(campaign_ids), state, created_at, id_, limit),
    )
    return [StoredExecution(**row) for row in rows]


async def find_running(connection: Connection) -> list[StoredExecution]:
    """Those in progress, paused ones too, the oldest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM audience_executions WHERE state = 'InProgress' ORDER BY created_at, id"  # noqa: S608 - a constant
    )
    return [StoredExecution(**row) for row in rows]


async def set_paused(connection: Connection, id_: str, *, paused: bool) -> bool:
    """Whether that changed it. From the commit on, no page of a paused one begins.

    On resuming, pages that were produced and dropped meanwhile are produced again, from the first on.
    """
    status: str = await connection.execute(
        """
        UPDATE audience_executions AS e SET is_paused = $2, generation = generation + 1,
            next_page = CASE WHEN $2 THEN next_page ELSE coalesce((
                SELECT min(p.page) FROM audience_pages AS p
                WHERE p.execution_id = e.id AND NOT EXISTS (
                    SELECT FROM audience_outcomes AS o
                    WHERE (o.execution_id, o.page) = (p.execution_id, p.page)
                )
            ), next_page) END
        WHERE id = $1 AND state = 'InProgress' AND is_paused <> $2
        """,
        id_,
        paused,
    )
    return status != "UPDATE 0"


async def finish(connection: Connection, ids: Sequence[UUID | str], state: State, reason: str | None) -> int:
    """End those that are in progress; returns how many. From the commit on, none of their pages begins."""
    status: str = await connection.execute(
        """
        UPDATE audience_executions SET state = $2, reason = $3, finished_at = now(), is_paused = false
        WHERE id = ANY (SELECT id FROM audience_executions WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE)
          AND state = 'InProgress'
        """,
        *(list(ids), state, reason),
    )
    return int(status.rsplit(maxsplit=1)[-1])


async def advance(connection: Connection, id_: UUID, *, generation: int, page: int, next_page: int) -> bool:
    """Note that the pages before `next_page` are produced; False when something has moved it meanwhile."""
    status: str = await connection.execute(
        """
        UPDATE audience_executions
        SET next_page = $4, produced_pages = greatest(produced_pages, $4)
        WHERE id = $1 AND generation = $2 AND next_page = $3
        """,
        *(id_, generation, page, next_page),
    )
    return status != "UPDATE 0"

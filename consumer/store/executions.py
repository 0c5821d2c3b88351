"""Executions, as the projector writes them and `clarion executions` reads them."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from consumer.store.cursor import Cursor
from consumer.store.database import Connection
from consumer.store.outcome_counts import CountKey, add_counts, count_outcomes
from consumer.store.registry import AnyConnection
from schemas.json import JsonObject
from schemas.place import Place


class StoredExecution(NamedTuple):
    """One execution record; in the order of the table's columns."""

    partition: int
    offset: int
    """Its own place on the executions topic."""
    execution_id: UUID
    campaign_id: str
    campaign_version: int | None
    request_id: str
    attempt: int
    source_topic: str
    source_partition: int
    source_offset: int
    triggered_at: datetime
    executed_at: datetime
    outcomes: Sequence[JsonObject]
    is_delivered: bool

    @property
    def source(self) -> Place:
        return Place(self.source_topic, self.source_partition, self.source_offset)

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.executed_at, self.partition, self.offset)


_OUTCOMES: Final = StoredExecution._fields.index("outcomes")


@dataclass(frozen=True, slots=True)
class ExecutionFilter:
    """What is empty or None does not choose; each of the others must agree."""

    campaign_ids: Collection[str] = ()
    request_id: str | None = None
    outcome: str | None = None
    """With `reason`: executions that have one outcome of that kind for that reason."""
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    people: Collection[bytes] | None = None
    """Hashes of one person's names, as PersonHashes.sought gives them."""


async def insert_executions(connection: AnyConnection, executions: Sequence[StoredExecution]) -> None:
    """Add them, and count their outcomes."""
    if not executions:
        return
    columns = [list(column) for column in zip(*executions, strict=True)]
    # As text: asyncpg takes a list of lists for one array of two dimensions.
    columns[_OUTCOMES] = [orjson.dumps(execution.outcomes).decode() for execution in executions]
    await connection.execute(
        """
        INSERT INTO executions
        SELECT partition, record_offset, execution_id, campaign_id, campaign_version, request_id, attempt,
               source_topic, source_partition, source_offset, triggered_at, executed_at,
               outcomes::jsonb, is_delivered
        FROM unnest(
            $1::int[], $2::bigint[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::int[], $8::text[],
            $9::int[], $10::bigint[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::boolean[]
        ) AS given (
            partition, record_offset, execution_id, campaign_id, campaign_version, request_id, attempt,
            source_topic, source_partition, source_offset, triggered_at, executed_at, outcomes, is_delivered)
        """,
        *columns,
    )
    counts: Counter[CountKey] = Counter()
    for execution in executions:
        counts += count_outcomes(execution.campaign_id, execution.executed_at, execution.outcomes)
    await add_counts(connection, counts)


async def find_attempts(
    connection: AnyConnection, ids: Collection[UUID]
) -> dict[UUID, list[StoredExecution]]:
    """All stored executions of these requests, each request's in the order of their topic."""
    if not ids:
        return {}
    rows = await connection.fetch(
        """
        SELECT * FROM executions WHERE execution_id = ANY($1::uuid[])
        ORDER BY execution_id, partition, record_offset
        """,
        list(ids),
    )
    found = [StoredExecution(*row) for row in rows]
    return {id_: list(group) for id_, group in groupby(found, key=lambda each: each.execution_id)}


async def delete_executions(connection: AnyConnection, partition: int, below: int | None, limit: int) -> int:
    """Remove one step of those that lie below an offset (None: all), and their outcomes from the counts."""
    rows = await connection.fetch(
        """
        DELETE FROM executions WHERE partition = $1 AND record_offset IN (
            SELECT record_offset FROM executions
            WHERE partition = $1 AND ($2::bigint IS NULL OR record_offset < $2)
            ORDER BY record_offset LIMIT $3
        ) RETURNING campaign_id, executed_at, outcomes
        """,
        partition,
        below,
        limit,
    )
    counts: Counter[CountKey] = Counter()
    for row in rows:
        counts.subtract(count_outcomes(*row))
    await add_counts(connection, counts)
    return len(rows)


async def find_executions(
    connection: Connection, id_: str, campaign_id: str | None, limit: int
) -> list[StoredExecution]:
    """Every attempt of the request with that executionId or requestId, the first one first."""
    rows = await connection.fetch(
        """
        SELECT * FROM executions
        WHERE (execution_id = $1 OR request_id = $2) AND ($3::text IS NULL OR campaign_id = $3)
        ORDER BY executed_at, partition, record_offset LIMIT $4
        """,
        _uuid(id_),
        id_,
        campaign_id,
        limit,
    )
    return [StoredExecution(*row) for row in rows]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


_LISTED: Final = """
    SELECT * FROM executions
    WHERE ($1::text[] IS NULL OR campaign_id = ANY ($1)) AND ($2::text IS NULL OR request_id = $2)
      AND ($3::jsonb IS NULL OR outcomes @> $3) AND ($4::timestamptz IS NULL OR executed_at >= $4)
      AND ($5::timestamptz IS NULL OR executed_at < $5)
      AND ($6::timestamptz IS NULL OR (executed_at, partition, record_offset) < ($6, $7::int, $8::bigint))
      AND ($9::bytea[] IS NULL OR (execution_id, executed_at) IN (
          SELECT execution_id, executed_at FROM execution_people WHERE hash = ANY ($9)))
      {only}
    ORDER BY executed_at DESC, partition DESC, record_offset DESC LIMIT $10
"""


async def list_executions(
    connection: Connection, wanted: ExecutionFilter, limit: int, after: Cursor | None = None
) -> list[StoredExecution]:
    """The newest first; one page, which begins after the cursor."""
    sought = {"outcome": wanted.outcome, "reason": wanted.reason}
    outcome = {name: value for name, value in sought.items() if value is not None}
    # Said outright, so that the planner finds the small index: these are few among many.
    only = (
        "AND NOT is_delivered"
        if wanted.reason or wanted.outcome in ("exclusion", "rejection", "held")
        else ""
    )
    rows = await connection.fetch(
        _LISTED.format(only=only),
        list(wanted.campaign_ids) or None,
        wanted.request_id,
        [outcome] if outcome else None,
        wanted.since,
        wanted.until,
        *(after or (None, None, None)),
        None if wanted.people is None else list(wanted.people),
        limit,
    )
    return [StoredExecution(*row) for row in rows]

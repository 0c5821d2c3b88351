"""Members of executions counted by what became of them; the expander's lease; what is pruned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from consumer.store.audience_pages import DELIVERED
from consumer.store.database import Connection, Database

RATE_SECONDS: Final = 10
PRUNED_PAGES: Final = 1_000
"""Deleted in one statement: small steps, so that nothing else waits for them."""


@dataclass(frozen=True, slots=True)
class Tally:
    by_reason: Mapping[str, int]
    """Members of decided pages; under `delivery` those who got a message."""
    in_flight: int
    """Members of pages that a consumer executes just now."""
    recent: int
    """Members of pages that were decided in the last RATE_SECONDS."""


NOTHING: Final = Tally({}, 0, 0)


async def count_outcomes(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Tally]:
    """By execution, all of one instant; an execution of which nothing has begun is left out."""
    rows = await connection.fetch(
        """
        WITH pages AS (
            SELECT * FROM audience_outcomes WHERE execution_id = ANY ($1::uuid[])
        ), reasons AS (
            SELECT execution_id, jsonb_object_agg(reason, found) AS found, sum(found)::bigint AS total
            FROM (
                SELECT execution_id, reason, count(*) AS found
                FROM pages, jsonb_each_text(others) AS each (position, reason)
                WHERE decided_at IS NOT NULL GROUP BY execution_id, reason
            ) AS counted GROUP BY execution_id
        ), totals AS (
            SELECT execution_id,
                coalesce(sum(members) FILTER (WHERE decided_at IS NOT NULL), 0)::bigint AS decided,
                coalesce(sum(members) FILTER (WHERE decided_at IS NULL), 0)::bigint AS in_flight,
                coalesce(sum(members) FILTER (
                    WHERE decided_at > now() - make_interval(secs => $2)
                ), 0)::bigint AS recent
            FROM pages GROUP BY execution_id
        )
        SELECT t.*, r.found, coalesce(r.total, 0) AS others
        FROM totals AS t LEFT JOIN reasons AS r USING (execution_id)
        """,
        list(ids),
        float(RATE_SECONDS),
    )
    return {
        row["execution_id"]: Tally(
            {DELIVERED: row["decided"] - row["others"], **(row["found"] or {})},
            row["in_flight"],
            row["recent"],
        )
        for row in rows
    }


async def count_executed(connection: Connection, id_: UUID) -> tuple[int, int]:
    """Pages that were begun, and those of them that are decided."""
    row = await connection.fetchrow(
        """
        SELECT count(*) AS begun, count(decided_at) AS decided
        FROM audience_outcomes WHERE execution_id = $1
        """,
        id_,
    )
    assert row is not None
    return row["begun"], row["decided"]


async def hold_expansion(database: Database, holder: str, seconds: float) -> bool:
    """Become or remain the one who expands, for so long; False while another is."""
    async with database.connection() as connection:
        status = await connection.execute(
            """
            UPDATE audience_expander
            SET holder = $1, held_until = clock_timestamp() + make_interval(secs => $2)
            WHERE holder = $1 OR held_until < clock_timestamp()
            """,
            holder,
            seconds,
        )
    return status != "UPDATE 0"


async def leave_expansion(database: Database, holder: str) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE audience_expander SET held_until = '-infinity' WHERE holder = $1", holder
        )


async def prune_snapshot(database: Database, retention: timedelta) -> int:
    """Delete one step of the snapshots of executions that ended longer ago; returns how many rows, or 0.

    Before the first of them, the execution's counts are stored with it.
    """
    async with database.transaction() as connection:
        found = await connection.fetchrow(
            """
            SELECT id, final_counts IS NULL AS is_whole FROM audience_executions
            WHERE finished_at < now() - $1::interval AND (
                EXISTS (SELECT FROM audience_pages WHERE execution_id = id)
                OR EXISTS (SELECT FROM audience_outcomes WHERE execution_id = id)
            ) ORDER BY finished_at LIMIT 1 FOR UPDATE SKIP LOCKED
            """,
            retention,
        )
        if found is None:
            return 0
        if found["is_whole"]:
            tally = (await count_outcomes(connection, [found["id"]])).get(found["id"], NOTHING)
            await connection.execute(
                "UPDATE audience_executions SET final_counts = $2 WHERE id = $1",
                found["id"],
                dict(tally.by_reason),
            )
        return await _delete_pages(connection, found["id"])


async def _delete_pages(connection: Connection, id_: UUID) -> int:
    deleted = 0
    for table in ("audience_pages", "audience_outcomes"):
        status: str = await connection.execute(
            f"""
            DELETE FROM {table} WHERE execution_id = $1 AND page IN (
                SELECT page FROM {table} WHERE execution_id = $1 ORDER BY page LIMIT $2
            )
            """,  # noqa: S608 - one of the two names above
            *(id_, PRUNED_PAGES),
        )
        deleted += int(status.rsplit(maxsplit=1)[-1])
    return deleted

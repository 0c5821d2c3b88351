"""Audiences: their definitions, the lists of those that have one, and who belongs to them just now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from consumer.store.database import Connection
from consumer.store.membership import Query, listed_sql, matching_sql
from consumer.store.profiles import Identity
from schemas.audience import read_conditions
from schemas.json import JsonObject
from schemas.profile import ConsentDefault

MEMBERSHIP_SECONDS: Final = 600.0
"""For a statement that goes over all profiles."""
_COLUMNS: Final = "id, definition, listed, list_hash, created_at, updated_at"


@dataclass(frozen=True, slots=True)
class StoredAudience:
    id: str
    definition: JsonObject
    listed: int | None
    """How many are on its list; None when it has conditions."""
    list_hash: bytes | None
    created_at: datetime
    updated_at: datetime


async def find_audience(connection: Connection, audience_id: str) -> StoredAudience | None:
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM audiences WHERE id = $1",  # noqa: S608 - a constant
        audience_id,
    )
    return StoredAudience(**row) if row else None


async def find_audiences(
    connection: Connection, limit: int | None = None, after: str = ""
) -> list[StoredAudience]:
    """By id."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM audiences WHERE id > $1 ORDER BY id LIMIT $2",  # noqa: S608 - a constant
        after,
        limit,
    )
    return [StoredAudience(**row) for row in rows]


async def list_audience_ids(connection: Connection) -> list[str]:
    return [row["id"] for row in await connection.fetch("SELECT id FROM audiences ORDER BY id")]


async def lock_audience(connection: Connection, audience_id: str) -> StoredAudience | None:
    """The audience, which nobody else changes until the transaction ends."""
    # Also where there is none yet, so that two who create it do so one after the other.
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('audience/' || $1, 0))", audience_id
    )
    return await find_audience(connection, audience_id)


async def write_audience(
    connection: Connection,
    audience_id: str,
    definition: JsonObject,
    list_hash: bytes | None,
    listed: int | None,
) -> None:
    await connection.execute(
        """
        INSERT INTO audiences (id, definition, list_hash, listed) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, list_hash = excluded.list_hash,
            listed = excluded.listed, updated_at = now()
        """,
        *(audience_id, definition, list_hash, listed),
    )


async def empty_list(connection: Connection, audience_id: str) -> None:
    await connection.execute(
        "DELETE FROM audience_lists WHERE audience_id = $1", audience_id, timeout=MEMBERSHIP_SECONDS
    )


async def add_to_list(connection: Connection, audience_id: str, identities: Iterable[Identity]) -> int:
    """How many were not on the list before."""
    rows = list(identities)
    status: str = await connection.execute(
        """
        INSERT INTO audience_lists (audience_id, namespace, value)
        SELECT $1, namespace, value FROM unnest($2::text[], $3::text[]) AS given (namespace, value)
        ON CONFLICT DO NOTHING
        """,
        audience_id,
        [namespace for namespace, _ in rows],
        [value for _, value in rows],
    )
    return int(status.rsplit(maxsplit=1)[-1])


async def delete_audience(connection: Connection, audience_id: str) -> bool:
    """Whether there was one. Its list goes with it; snapshots of executions stay."""
    status: str = await connection.execute(
        "DELETE FROM audiences WHERE id = $1", audience_id, timeout=MEMBERSHIP_SECONDS
    )
    return status != "DELETE 0"


def members_sql(
    query: Query, audience: StoredAudience, consent_default: ConsentDefault, namespace: str | None = None
) -> str:
    """Rows (profile_id, user_id) of those who belong to it. Raises AudienceMistakesError."""
    if audience.listed is not None:
        return listed_sql(query, audience.id, namespace)
    condition = read_conditions(audience.definition.get("where"))
    return matching_sql(query, condition, consent_default, namespace)


async def count_members(
    connection: Connection, audience: StoredAudience, consent_default: ConsentDefault
) -> int:
    """How many belong to it just now, whether or not they have an identity in some campaign's namespace."""
    query = Query()
    members = members_sql(query, audience, consent_default)
    counted: int = await connection.fetchval(
        f"SELECT count(*) FROM ({members}) AS members",  # noqa: S608 - made of parameters
        *query.parameters,
        timeout=MEMBERSHIP_SECONDS,
    )
    return counted


async def list_members(
    connection: Connection, audience: StoredAudience, consent_default: ConsentDefault, limit: int
) -> Sequence[tuple[str | None, Sequence[str]]]:
    """Some of those who belong to it: profile ids and identities as `namespace:userId`."""
    query = Query()
    members = members_sql(query, audience, consent_default)
    if audience.listed is not None:
        rows = await connection.fetch(
            """
            SELECT o.profile_id,
                array_agg(l.namespace || ':' || l.value ORDER BY l.namespace, l.value) AS names
            FROM audience_lists AS l LEFT JOIN identities AS o USING (namespace, value)
            WHERE l.audience_id = $1
            GROUP BY o.profile_id, CASE WHEN o.profile_id IS NULL THEN l.namespace || ':' || l.value END
            ORDER BY names LIMIT $2
            """,
            audience.id,
            limit,
            timeout=MEMBERSHIP_SECONDS,
        )
    else:
        rows = await connection.fetch(
            f"""
            SELECT m.profile_id, array(
                SELECT i.namespace || ':' || i.value FROM identities AS i
                WHERE i.profile_id = m.profile_id ORDER BY i.namespace, i.value
            ) AS names
            FROM ({members}) AS m ORDER BY m.profile_id LIMIT {query.add(limit, "bigint")}
            """,  # noqa: S608 - made of parameters
            *query.parameters,
            timeout=MEMBERSHIP_SECONDS,
        )
    return [(str(row["profile_id"]) if row["profile_id"] else None, row["names"]) for row in rows]

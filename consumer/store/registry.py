"""The registry's revision, and what consumers read: what changed, and how some campaigns stand right now."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import asyncpg

from consumer.store.database import Connection, Database, DedicatedConnection
from consumer.store.errors import translated
from schemas.json import JsonObject

_CHANNEL: Final = "clarion_registry"


class Change:
    """One change to the registry, in one transaction. Rows written in it carry its `revision`."""

    def __init__(self, connection: "AnyConnection", revision: int) -> None:
        # A connection outside the pool has the same methods; most who change the registry have a pooled one.
        self.connection = cast("Connection", connection)
        self.revision = revision
        self.is_made = False
        """Set by whoever writes; a change that changed nothing is not announced."""


@asynccontextmanager
async def changing(database: Database) -> AsyncIterator[Change]:
    """Make a change that other processes hear of when it commits.

    There is one change at a time: the lock on the revision stands for locks on all campaigns and
    configurations, so none of two people's commands can meet the other's half done, or deadlock.
    """
    async with database.transaction() as connection, changing_on(connection) as change:
        yield change


@asynccontextmanager
async def changing_on(connection: "AnyConnection") -> AsyncIterator[Change]:
    """The same within the caller's transaction."""
    before = await connection.fetchval("SELECT revision FROM registry_revision FOR UPDATE")
    change = Change(connection, before + 1)
    yield change
    if change.is_made:
        await connection.execute("UPDATE registry_revision SET revision = $1", change.revision)
        await connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, str(change.revision))


@asynccontextmanager
async def listening(database: Database, heard: Callable[[], None]) -> AsyncIterator[DedicatedConnection]:
    """A connection on which `heard` is called at each change, and when the connection is lost."""
    async with database.dedicated_connection() as connection:
        connection.add_termination_listener(lambda _: heard())
        await connection.add_listener(_CHANNEL, lambda *_: heard())
        yield connection


async def takes_writes(connection: DedicatedConnection) -> bool:
    """Whether its server does, and not only reads as a standby."""
    with translated():
        return bool(await connection.fetchval("SELECT NOT current_setting('transaction_read_only')::boolean"))


@dataclass(frozen=True, slots=True)
class StoredState:
    """How a campaign stands: its live version, else its draft, else its last."""

    id: str
    revision: int
    archived: bool
    version: int
    status: str
    labels: Sequence[str]
    definition: JsonObject | None
    """Of a live version that the reader did not know already, with the configurations it names."""
    configurations: Mapping[str, JsonObject]


# One row for each campaign `c`; `known.version` is the live version that the reader has.
_STATE: Final = """
    SELECT c.id, c.revision, c.archived_at IS NOT NULL AS archived, v.version, v.status,
        coalesce(v.definition -> 'labels', '[]') AS labels,
        CASE WHEN v.is_news THEN v.definition END AS definition,
        CASE WHEN v.is_news THEN (
            SELECT jsonb_object_agg(f.name, f.definition)
            FROM jsonb_each(v.definition -> 'channels') AS used (channel, settings)
            JOIN channel_configurations AS f ON f.name = used.settings ->> 'configuration'
        ) END AS configurations
    FROM {campaigns}
    JOIN LATERAL (
        SELECT version, status, definition,
            status = 'live' AND version IS DISTINCT FROM known.version AS is_news
        FROM campaign_versions WHERE campaign_id = c.id
        ORDER BY status = 'live' DESC, status = 'paused' DESC, status = 'draft' DESC, version DESC LIMIT 1
    ) AS v ON true
"""
_NAMED: Final = _STATE.format(
    campaigns="unnest($1::text[], $2::int[]) AS known (id, version) JOIN campaigns AS c USING (id)"
)
# WITH TIES: campaigns of one revision are never parted by a page's end, where the later ones would be missed.
_CHANGED: Final = (
    _STATE.format(campaigns="campaigns AS c CROSS JOIN (SELECT NULL::int AS version) AS known")
    + "WHERE c.revision > $1 ORDER BY c.revision FETCH FIRST $2 ROWS WITH TIES"
)


AnyConnection: TypeAlias = "Connection | DedicatedConnection"


async def read_revision(connection: AnyConnection) -> int:
    return cast("int", await connection.fetchval("SELECT revision FROM registry_revision"))


async def read_changed(connection: AnyConnection, after: int, limit: int) -> list[StoredState]:
    """The campaigns changed after that revision, the earliest first."""
    return [_state(row) for row in await connection.fetch(_CHANGED, after, limit)]


async def read_states(connection: AnyConnection, known: Mapping[str, int | None]) -> list[StoredState]:
    """How these campaigns stand, in one statement; `known` gives the live version that the reader has."""
    ids: Collection[str] = list(known)
    return [_state(row) for row in await connection.fetch(_NAMED, ids, list(known.values()))]


async def read_changed_configurations(
    connection: AnyConnection, after: int
) -> tuple[int, dict[str, JsonObject]]:
    """The channel configurations changed after that revision, and the last revision among them."""
    rows = await connection.fetch(
        "SELECT name, definition, revision FROM channel_configurations WHERE revision > $1", after
    )
    return max((row["revision"] for row in rows), default=after), {r["name"]: r["definition"] for r in rows}


def _state(row: asyncpg.Record) -> StoredState:
    return StoredState(**{**row, "configurations": row["configurations"] or {}})

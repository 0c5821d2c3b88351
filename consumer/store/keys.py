"""API keys: their rows, and the notification that tells every gateway of a change."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from consumer.store.database import Connection, Database, DedicatedConnection
from consumer.store.registry import AnyConnection

_CHANNEL: Final = "clarion_keys"


@dataclass(frozen=True, slots=True)
class KeyRow:
    id: str
    name: str
    secret_hash: bytes
    scopes: Sequence[str]
    campaigns: Sequence[str]
    labels: Sequence[str]
    rate: int | None
    created_at: datetime
    revoked_at: datetime | None


class Revoked(NamedTuple):
    at: datetime
    is_new: bool
    """False when it was revoked before."""


async def insert_key(
    connection: Connection,
    *,
    id_: str,
    name: str,
    secret_hash: bytes,
    scopes: Sequence[str],
    campaigns: Sequence[str],
    labels: Sequence[str],
    rate: int | None,
) -> None:
    """Must be called in a transaction, so that the notification comes with the commit."""
    await connection.execute(
        """
        INSERT INTO api_keys (id, name, secret_hash, scopes, campaigns, labels, rate)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        *(id_, name, secret_hash, scopes, campaigns, labels, rate),
    )
    await _notify(connection)


async def revoke_key(connection: Connection, id_: str) -> Revoked | None:
    """Revoke it now, unless it is already; None if there is no such key."""
    row = await connection.fetchrow(
        """
        UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1
        RETURNING revoked_at, revoked_at = now() AS is_new
        """,
        id_,
    )
    await _notify(connection)
    return Revoked(*row) if row else None


async def read_keys(connection: AnyConnection) -> list[KeyRow]:
    """All of them, the revoked ones too, the oldest first."""
    # Columns are named, as a newer release may add some while this one runs.
    rows = await connection.fetch(
        """
        SELECT id, name, secret_hash, scopes, campaigns, labels, rate, created_at, revoked_at
        FROM api_keys ORDER BY created_at, id
        """
    )
    return [KeyRow(**row) for row in rows]


@asynccontextmanager
async def listening_for_keys(
    database: Database, heard: Callable[[], None]
) -> AsyncIterator[DedicatedConnection]:
    """A connection on which `heard` is called at each change, and when the connection is lost."""
    async with database.dedicated_connection() as connection:
        connection.add_termination_listener(lambda _: heard())
        await connection.add_listener(_CHANNEL, lambda *_: heard())
        yield connection


async def _notify(connection: Connection) -> None:
    await connection.execute("SELECT pg_notify($1, '')", _CHANNEL)

"""Keys are created, listed and revoked: the same for every door."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from consumer.audit.record import record
from consumer.keys.key import ApiKey, Limits, NewKey, Scope, hash_of, new_key
from consumer.store import keys as store
from consumer.store.database import Database
from schemas.delivery import timestamp

UNLIMITED: Final = Limits()


async def create(
    database: Database, name: str, scopes: Sequence[Scope], limits: Limits = UNLIMITED
) -> NewKey:
    """Store a new key. Its secret is in the result and nowhere else. Raises UnusableKeyError."""
    key = new_key(name, scopes, limits)
    async with database.transaction() as connection:
        await store.insert_key(
            connection,
            id_=key.id,
            name=key.name,
            secret_hash=hash_of(key.secret),
            scopes=list(key.scopes),
            campaigns=list(key.limits.campaigns),
            labels=list(key.limits.labels),
            rate=key.limits.rate,
        )
        after = {"name": key.name, "scopes": list(key.scopes), **key.limits.document()}
        await record(connection, "key.create", key.id, after=after)
    return key


async def list_all(database: Database) -> list[ApiKey]:
    async with database.connection() as connection:
        return [ApiKey.of(row) for row in await store.read_keys(connection)]


async def revoke(database: Database, id_: str) -> datetime | None:
    """Since when it is revoked; None if there is no such key."""
    async with database.transaction() as connection:
        revoked = await store.revoke_key(connection, id_)
        if revoked and revoked.is_new:
            await record(connection, "key.revoke", id_, after={"revokedAt": timestamp(revoked.at)})
        return revoked.at if revoked else None

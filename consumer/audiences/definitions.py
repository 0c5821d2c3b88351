"""Audiences as people keep them: apply, delete, count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from consumer.audiences.errors import AudienceError, Why
from consumer.audit.record import record
from consumer.store import audiences as store
from consumer.store.audiences import StoredAudience
from consumer.store.database import Connection, Database
from consumer.store.profiles import Identity
from schemas.audience import AudienceFile
from schemas.json import JsonObject
from schemas.profile import ConsentDefault

STORED_AT_ONCE = 5_000


class MemberList(Protocol):
    """A list of members, all of its lines checked."""

    @property
    def digest(self) -> bytes:
        """Another for another content."""

    def batches(self, size: int) -> Iterable[Sequence[Identity]]:
        """All identities, at most `size` at a time."""


@dataclass(frozen=True, slots=True)
class Applied:
    audience: StoredAudience
    is_changed: bool


async def apply(database: Database, file: AudienceFile, members: MemberList | None = None) -> Applied:
    """Store the definition, with its list if it has one, in one transaction. Snapshots stay as they are."""
    async with database.transaction() as connection:
        before = await store.lock_audience(connection, file.id)
        digest = members.digest if members else None
        is_changed = before is None or before.definition != file.document or before.list_hash != digest
        if is_changed:
            await _write(connection, file, members, before)
        after = await _find(connection, file.id)
        if is_changed:
            what = {"before": shown(before) if before else None, "after": shown(after)}
            await record(connection, "audience.apply", file.id, **what)
    return Applied(after, is_changed)


async def _write(
    connection: Connection, file: AudienceFile, members: MemberList | None, before: StoredAudience | None
) -> None:
    # First, as the list refers to it; how many are on it is only known afterwards.
    digest = members.digest if members else None
    await store.write_audience(connection, file.id, file.document, digest, 0 if members else None)
    if before and before.list_hash == digest:
        listed = before.listed
    else:
        if before and before.listed is not None:
            await store.empty_list(connection, file.id)
        listed = None
        if members:
            listed = 0
            for batch in members.batches(STORED_AT_ONCE):
                listed += await store.add_to_list(connection, file.id, batch)
    await store.write_audience(connection, file.id, file.document, digest, listed)


async def delete(database: Database, audience_id: str) -> None:
    """Raises AudienceError when there is none. Executions that have their snapshot go on."""
    async with database.transaction() as connection:
        before = await store.lock_audience(connection, audience_id)
        if before is None or not await store.delete_audience(connection, audience_id):
            raise _unknown(audience_id)
        await record(connection, "audience.delete", audience_id, before=shown(before))


async def find(database: Database, audience_id: str) -> StoredAudience:
    """Raises AudienceError when there is none."""
    async with database.connection() as connection:
        return await _find(connection, audience_id)


async def list_all(database: Database, limit: int | None = None, after: str = "") -> Sequence[StoredAudience]:
    async with database.connection() as connection:
        return await store.find_audiences(connection, limit, after)


async def count(database: Database, audience_id: str, consent_default: ConsentDefault) -> int:
    """How many belong to it just now. Raises AudienceError."""
    async with database.connection() as connection:
        audience = await _find(connection, audience_id)
        return await store.count_members(connection, audience, consent_default)


async def members(
    database: Database, audience_id: str, consent_default: ConsentDefault, limit: int
) -> Sequence[JsonObject]:
    """Some of its members, by profile id and identities. Raises AudienceError."""
    async with database.connection() as connection:
        audience = await _find(connection, audience_id)
        found = await store.list_members(connection, audience, consent_default, limit)
    return [{"profileId": profile_id, "identities": list(names)} for profile_id, names in found]


def shown(audience: StoredAudience) -> JsonObject:
    """As every door shows it."""
    return {
        **audience.definition,
        **({} if audience.listed is None else {"listed": audience.listed}),
        "createdAt": audience.created_at.isoformat(),
        "updatedAt": audience.updated_at.isoformat(),
    }


async def _find(connection: Connection, audience_id: str) -> StoredAudience:
    if audience := await store.find_audience(connection, audience_id):
        return audience
    raise _unknown(audience_id)


def _unknown(audience_id: str) -> AudienceError:
    return AudienceError(
        Why.UNKNOWN_AUDIENCE, f"There is no audience '{audience_id}'; see `clarion audiences list`."
    )

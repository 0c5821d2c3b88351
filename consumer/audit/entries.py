"""The audit read: one answer for every door."""

from collections.abc import Sequence

from consumer.store.audit import AuditEntry, AuditFilter, list_audit_entries
from consumer.store.database import Database


async def list_entries(
    database: Database, wanted: AuditFilter, limit: int, below: int | None = None
) -> Sequence[AuditEntry]:
    """The newest first; one page, of entries whose id is lower than `below`."""
    async with database.connection() as connection:
        return await list_audit_entries(connection, wanted, limit, below)


def row(entry: AuditEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "at": entry.at,
        "door": entry.door,
        "by": entry.actor,
        "name": entry.actor_name,
        "what": entry.what,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
    }

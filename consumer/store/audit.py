"""The audit: one row for each change that somebody made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consumer.store.registry import AnyConnection
from schemas.json import JsonObject


@dataclass(frozen=True, slots=True)
class AuditEntry:
    id: int
    at: datetime
    door: str
    actor: str
    actor_name: str | None
    what: str
    subject: str
    before: JsonObject | None
    after: JsonObject | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is None does not choose; each of the others must agree."""

    since: datetime | None = None
    """Inclusive."""
    by: str | None = None
    """Who: the operator, or the key's id or name."""
    what: str | None = None
    """As `campaign.activate`, or `campaign` for everything that is done to campaigns."""
    subject: str | None = None


async def insert_audit_entry(
    connection: AnyConnection,
    *,
    door: str,
    actor: str,
    actor_name: str | None,
    what: str,
    subject: str,
    before: JsonObject | None,
    after: JsonObject | None,
) -> None:
    await connection.execute(
        """
        INSERT INTO audit (door, actor, actor_name, what, subject, before, after)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        *(door, actor, actor_name, what, subject, before, after),
    )


async def list_audit_entries(
    connection: AnyConnection, wanted: AuditFilter, limit: int, below: int | None = None
) -> Sequence[AuditEntry]:
    """The newest first; one page, of entries whose id is lower than `below`."""
    rows = await connection.fetch(
        """
        SELECT * FROM audit
        WHERE ($1::timestamptz IS NULL OR at >= $1)
          AND ($2::text IS NULL OR actor = $2 OR actor_name = $2)
          AND ($3::text IS NULL OR what = $3 OR starts_with(what, $3 || '.'))
          AND ($4::text IS NULL OR subject = $4) AND ($5::bigint IS NULL OR id < $5)
        ORDER BY id DESC LIMIT $6
        """,
        *(wanted.since, wanted.by, wanted.what, wanted.subject, below, limit),
    )
    return [AuditEntry(**row) for row in rows]

"""Guards of live campaigns: what they allow, and what was reported since they count."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from consumer.store.registry import AnyConnection
from schemas.json import JsonObject


class GuardedVersion(NamedTuple):
    campaign_id: str
    version: int
    guard: JsonObject
    """As the campaign's file has it."""
    since: datetime
    sent: int
    bounced: int
    complained: int


async def guarded_versions(
    connection: AnyConnection, campaigns: Collection[str] | None
) -> list[GuardedVersion]:
    """Live versions that have a guard, of these campaigns or of all (None)."""
    rows = await connection.fetch(
        """
        SELECT v.campaign_id, v.version, v.definition -> 'guard' AS guard,
            greatest(v.activated_at, v.resumed_at) AS since,
            coalesce(sum(c.count) FILTER (WHERE c.metric = 'sent'), 0)::bigint AS sent,
            coalesce(sum(c.count) FILTER (WHERE c.metric = 'bounced'), 0)::bigint AS bounced,
            coalesce(sum(c.count) FILTER (WHERE c.metric = 'complained'), 0)::bigint AS complained
        FROM campaign_versions AS v
        LEFT JOIN report_feedback AS c
            ON c.campaign_id = v.campaign_id AND c.campaign_version = v.version
           AND c.minute >= date_trunc('minute', greatest(v.activated_at, v.resumed_at))
           AND c.metric IN ('sent', 'bounced', 'complained')
        WHERE v.status = 'live' AND v.definition ? 'guard'
          AND ($1::text[] IS NULL OR v.campaign_id = ANY($1))
        GROUP BY v.campaign_id, v.version
        """,
        None if campaigns is None else list(campaigns),
    )
    return [GuardedVersion(*row) for row in rows]

"""Outcomes counted by campaign, minute, channel, outcome and reason: always those of the executions kept."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from consumer.store.database import Connection
from consumer.store.registry import AnyConnection
from schemas.json import JsonObject


class CountKey(NamedTuple):
    """What is counted together; empty for a channel or reason that an outcome does not have."""

    campaign_id: str
    minute: datetime
    channel: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    campaign_id: str
    channel: str
    outcome: str
    reason: str
    count: int


def count_outcomes(
    campaign_id: str, executed_at: datetime, outcomes: Iterable[JsonObject]
) -> Counter[CountKey]:
    minute = executed_at.replace(second=0, microsecond=0)
    return Counter(
        CountKey(
            campaign_id, minute, *(str(outcome.get(name, "")) for name in ("channel", "outcome", "reason"))
        )
        for outcome in outcomes
    )


async def add_counts(connection: AnyConnection, counts: Mapping[CountKey, int]) -> None:
    """Add to the counts, or take away what is negative; a count that comes to nothing is removed."""
    if not counts:
        return
    keys = sorted(counts)
    columns = [list(column) for column in zip(*keys, strict=True)]
    await connection.execute(
        """
        INSERT INTO outcome_counts AS c (campaign_id, minute, channel, outcome, reason, count)
        SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[])
        ON CONFLICT (campaign_id, minute, channel, outcome, reason)
        DO UPDATE SET count = c.count + excluded.count
        """,
        *columns,
        [counts[key] for key in keys],
    )
    if any(count < 0 for count in counts.values()):
        await connection.execute(
            """
            DELETE FROM outcome_counts AS c
            USING unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])
                AS given (campaign_id, minute, channel, outcome, reason)
            WHERE (c.campaign_id, c.minute, c.channel, c.outcome, c.reason)
                = (given.campaign_id, given.minute, given.channel, given.outcome, given.reason)
              AND c.count = 0
            """,
            *columns,
        )


async def sum_counts(
    connection: Connection, campaign_id: str | None, since: datetime | None
) -> Sequence[OutcomeCount]:
    """Outcomes of a campaign (None: of all) since the beginning of that minute, added up."""
    rows = await connection.fetch(
        """
        SELECT campaign_id, channel, outcome, reason, sum(count)::bigint AS count FROM outcome_counts
        WHERE ($1::text IS NULL OR campaign_id = $1)
          AND ($2::timestamptz IS NULL OR minute >= date_trunc('minute', $2::timestamptz))
        GROUP BY campaign_id, channel, outcome, reason ORDER BY campaign_id, channel, outcome, reason
        """,
        campaign_id,
        since,
    )
    return [OutcomeCount(**row) for row in rows]

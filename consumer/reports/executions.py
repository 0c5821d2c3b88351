"""Executions listed and counted; each answer with how far the topics are projected, in one snapshot."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from consumer.reports.calls import Document
from consumer.reports.lookup import Offsets
from consumer.store.cursor import Cursor
from consumer.store.database import Database
from consumer.store.executions import ExecutionFilter, StoredExecution, list_executions
from consumer.store.outcome_counts import OutcomeCount, sum_counts
from consumer.store.projections import projection_snapshot, read_offsets


class ExecutionPage(NamedTuple):
    executions: Sequence[StoredExecution]
    offsets: Offsets


class OutcomeCounts(NamedTuple):
    rows: Sequence[Document]
    offsets: Offsets


async def page_of_executions(
    database: Database, wanted: ExecutionFilter, limit: int, after: Cursor | None = None
) -> ExecutionPage:
    """The newest first, at most `limit`. Raises DatabaseError."""
    async with projection_snapshot(database) as connection:
        offsets = await read_offsets(connection)
        return ExecutionPage(await list_executions(connection, wanted, limit, after), offsets)


async def outcome_counts(
    database: Database, campaign_id: str | None = None, since: datetime | None = None
) -> OutcomeCounts:
    """By campaign, channel, outcome and reason, since the beginning of that minute. Raises DatabaseError."""
    async with projection_snapshot(database) as connection:
        offsets = await read_offsets(connection)
        found = await sum_counts(connection, campaign_id, since)
    return OutcomeCounts([_count(each) for each in found], offsets)


def _count(found: OutcomeCount) -> Document:
    return {
        "campaignId": found.campaign_id,
        "channel": found.channel or None,
        "outcome": found.outcome,
        "reason": found.reason or None,
        "count": found.count,
    }

"""Outcomes counted for reports, which outlive the executions: kept when an execution leaves its topic."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Protocol
from uuid import UUID

from consumer.rules.outcome_figures import Attempt, outcome_figures
from consumer.store.registry import AnyConnection
from consumer.store.report_counts import ReportKey, add_report_counts
from schemas.json import JsonObject


class Counted(Protocol):
    """What is counted of a stored execution."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def execution_id(self) -> UUID: ...
    @property
    def campaign_id(self) -> str: ...
    @property
    def campaign_version(self) -> int | None: ...
    @property
    def attempt(self) -> int: ...
    @property
    def executed_at(self) -> datetime: ...
    @property
    def triggered_at(self) -> datetime: ...
    @property
    def outcomes(self) -> Sequence[JsonObject]: ...


async def count_for_reports(connection: AnyConnection, executions: Sequence[Counted]) -> None:
    """Count executions that have just been stored; replays take the place of what they replay."""
    replays = {execution.execution_id for execution in executions if execution.attempt > 1}
    found = await _attempts(connection, replays)
    counts: Counter[ReportKey] = Counter()
    for execution in executions:
        place = (execution.partition, execution.offset)
        replayed = _replayed(found.get(execution.execution_id, []), execution.attempt, place)
        for figure, number in outcome_figures(_attempt(execution), replayed).items():
            key = ReportKey(
                execution.campaign_id,
                figure.minute,
                figure.version,
                figure.channel,
                "",
                figure.treatment,
                figure.metric,
                figure.detail,
            )
            counts[key] += number
    await add_report_counts(connection, "report_outcomes", counts)


Found = tuple[tuple[int, int], int, Attempt]
"""An execution's place, attempt and what is counted of it."""


async def _attempts(connection: AnyConnection, ids: set[UUID]) -> dict[UUID, list[Found]]:
    """All stored executions of these requests, in the order of their topic."""
    if not ids:
        return {}
    rows = await connection.fetch(
        """
        SELECT execution_id, partition, record_offset, attempt, campaign_version, executed_at, triggered_at,
               outcomes
        FROM executions WHERE execution_id = ANY($1::uuid[])
        ORDER BY execution_id, partition, record_offset
        """,
        list(ids),
    )
    return {
        id_: [
            (
                (row["partition"], row["record_offset"]),
                row["attempt"],
                Attempt(
                    row["campaign_version"] or 0, row["executed_at"], row["triggered_at"], row["outcomes"]
                ),
            )
            for row in group
        ]
        for id_, group in groupby(rows, key=lambda row: row["execution_id"])
    }


def _replayed(found: Sequence[Found], attempt: int, place: tuple[int, int]) -> Attempt | None:
    """Of several with one number, the first is the replay of the first: they are written in their order."""
    earlier = sum(1 for at, number, _ in found if number == attempt and at < place)
    candidates = [counted for _, number, counted in found if number == attempt - 1]
    return candidates[earlier] if attempt > 1 and earlier < len(candidates) else None


def _attempt(execution: Counted) -> Attempt:
    return Attempt(
        execution.campaign_version or 0, execution.executed_at, execution.triggered_at, execution.outcomes
    )

"""Outcomes counted for reports, which outlive the executions: kept when an execution leaves its topic."""

from collections import Counter
from collections.abc import Sequence

from consumer.rules.outcome_figures import Attempt, outcome_figures, replaced_outcomes
from consumer.store.executions import StoredExecution, find_attempts
from consumer.store.registry import AnyConnection
from consumer.store.report_counts import ReportKey, add_report_counts


async def count_for_reports(connection: AnyConnection, executions: Sequence[StoredExecution]) -> None:
    """Count executions that have just been stored; replays take the place of what they replay."""
    replays = {execution.execution_id for execution in executions if execution.attempt > 1}
    stored = await find_attempts(connection, replays)
    counts: Counter[ReportKey] = Counter()
    for execution in executions:
        replaced = _replaced(stored.get(execution.execution_id, []), execution)
        for figure, number in outcome_figures(_attempt(execution), replaced).items():
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


def _replaced(stored: Sequence[StoredExecution], replay: StoredExecution) -> list[Attempt]:
    """What the replay takes the place of, among all executions of its request."""
    if replay.attempt == 1:
        return []
    places = [(each.partition, each.offset) for each in stored]
    index = places.index((replay.partition, replay.offset))
    return replaced_outcomes([_attempt(each) for each in stored], index)


def _attempt(execution: StoredExecution) -> Attempt:
    return Attempt(
        execution.attempt,
        execution.campaign_version or 0,
        execution.executed_at,
        execution.triggered_at,
        execution.outcomes,
    )

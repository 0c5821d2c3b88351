"""Outcomes counted for reports, which outlive the executions: kept when an execution leaves its topic."""

from collections import Counter
from collections.abc import Sequence

from consumer.rules.outcome_figures import Attempt, outcome_figures
from consumer.store.executions import StoredExecution, find_attempts
from consumer.store.registry import AnyConnection
from consumer.store.report_counts import ReportKey, add_report_counts


async def count_for_reports(connection: AnyConnection, executions: Sequence[StoredExecution]) -> None:
    """Count executions that have just been stored; replays take the place of what they replay."""
    replays = {execution.execution_id for execution in executions if execution.attempt > 1}
    stored = await find_attempts(connection, replays)
    counts: Counter[ReportKey] = Counter()
    for execution in executions:
        replayed = _replayed(stored.get(execution.execution_id, []), execution)
        figures = outcome_figures(_attempt(execution), _attempt(replayed) if replayed else None)
        for figure, number in figures.items():
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


def _replayed(stored: Sequence[StoredExecution], replay: StoredExecution) -> StoredExecution | None:
    """Of several with one number, the first is the replay of the first: they are written in their order."""
    if replay.attempt == 1:
        return None
    place = (replay.partition, replay.offset)
    same = [each for each in stored if each.attempt == replay.attempt]
    number = sum((each.partition, each.offset) < place for each in same)
    before = [each for each in stored if each.attempt == replay.attempt - 1]
    return before[number] if number < len(before) else None


def _attempt(execution: StoredExecution) -> Attempt:
    return Attempt(
        execution.campaign_version or 0, execution.executed_at, execution.triggered_at, execution.outcomes
    )

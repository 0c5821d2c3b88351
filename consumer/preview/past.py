"""Why a past execution came out as it did, from what is projected of it."""

from collections.abc import Mapping, Sequence

from consumer.campaigns.errors import LifecycleError
from consumer.preview.explain import explain_outcomes
from consumer.reports.lookup import find_call
from consumer.store.campaigns import Version, find_version
from consumer.store.database import Database
from consumer.store.dead_letter_lists import ListedDeadLetter
from consumer.store.executions import StoredExecution


async def explain_call(
    database: Database, id_: str, campaign: str | None = None, *, reveal: bool = False
) -> list[dict[str, object]]:
    """Each attempt of a call, by its execution or request id. Raises LifecycleError if none is known."""
    call = await find_call(database, id_, campaign)
    if not call.executions:
        raise LifecycleError(f"No execution is known by the id '{id_}'; see `clarion executions list`.")
    explained = []
    for execution in call.executions:
        async with database.connection() as connection:
            number = execution.campaign_version
            version = await find_version(connection, execution.campaign_id, number) if number else None
        details = _details(execution, call.letters)
        explained.append({
            "executionId": str(execution.execution_id),
            "campaignId": execution.campaign_id,
            "attempt": execution.attempt,
            "campaignVersion": execution.campaign_version,
            "triggeredAt": execution.triggered_at,
            "decidedAt": execution.executed_at,
            "campaign": _settings(version),
            "explained": explain_outcomes(execution.outcomes, details, reveal=reveal),
        })  # fmt: skip
    return explained


def _details(
    execution: StoredExecution, letters: Sequence[ListedDeadLetter]
) -> Mapping[tuple[object, object], str]:
    """What the dead letter of this attempt says of each recipient and channel."""
    details: dict[tuple[object, object], str] = {}
    for found in letters:
        if found.letter.failed_at != execution.executed_at:
            continue
        details[None, None] = found.letter.detail
        for failure in found.letter.failures or ():
            details[failure.get("recipient"), failure.get("channel")] = str(failure.get("detail", ""))
    return details


def _settings(version: Version | None) -> dict[str, object]:
    """What of the campaign the rules looked at, as that version has it."""
    names = ("type", "namespace", "lane", "start", "end", "maxAge", "createProfiles", "ruleSet")
    return {name: version.definition[name] for name in names if version and name in version.definition}

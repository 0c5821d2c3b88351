"""What became of a call, as a document. A list names no recipient; one asked for by its id does."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from consumer.rules.delivery_state import state_of
from consumer.store.dead_letter_lists import ListedDeadLetter
from consumer.store.deliveries import StoredDelivery
from consumer.store.executions import StoredExecution
from consumer.store.resolutions import StoredResolution
from schemas.json import JsonObject

Document = dict[str, object]


def row(execution: StoredExecution) -> Document:
    """In a list: outcomes are counted, nobody is named."""
    outcomes = Counter(str(outcome["outcome"]) for outcome in execution.outcomes)
    reasons = dict.fromkeys(str(outcome["reason"]) for outcome in execution.outcomes if "reason" in outcome)
    return {
        "executedAt": execution.executed_at,
        "campaignId": execution.campaign_id,
        "version": execution.campaign_version,
        "requestId": execution.request_id,
        "attempt": execution.attempt,
        "outcomes": dict(outcomes),
        "reasons": list(reasons),
        "executionId": str(execution.execution_id),
        "source": str(execution.source),
    }


def document(
    executions: Sequence[StoredExecution],
    letters: Sequence[ListedDeadLetter],
    deliveries: Mapping[UUID, StoredDelivery] = MappingProxyType({}),
) -> Document:
    """All that became of one request: its attempts, each with its dead letter and what was done about it.

    `deliveries` adds to each delivery its state and when what was reported of it happened first.
    """
    attempts = [(execution, _letters_of(execution, letters)) for execution in executions]
    assigned = {found.letter.letter for _, own in attempts for found in own}
    others = [_dead_letter(found) for found in letters if found.letter.letter not in assigned]
    head = executions[0] if executions else None
    first = letters[0].letter if letters else None
    return {
        "executionId": str(head.execution_id) if head else None,
        "requestId": head.request_id if head else first and first.request_id,
        "campaignId": head.campaign_id if head else first and first.campaign_id,
        "attempts": [_attempt(execution, own, deliveries) for execution, own in attempts],
        "otherDeadLetters": others,
    }


def _letters_of(
    execution: StoredExecution, letters: Sequence[ListedDeadLetter]
) -> Sequence[ListedDeadLetter]:
    """One of what was rejected, and one of each message that is held.

    All were made by one decision: they have its instant, and the attempt.
    """
    return [
        found
        for found in letters
        if (found.letter.failed_at, found.letter.attempt) == (execution.executed_at, execution.attempt)
        # A replay's letter keeps its first origin, so only a first try lies where it came from.
        and (execution.attempt > 1 or found.letter.origin == execution.source)
    ]


def _attempt(
    execution: StoredExecution,
    letters: Sequence[ListedDeadLetter],
    deliveries: Mapping[UUID, StoredDelivery],
) -> Document:
    rejected = [found for found in letters if not found.letter.is_held]
    return {
        "attempt": execution.attempt,
        "campaignVersion": execution.campaign_version,
        "source": str(execution.source),
        "receivedAt": execution.triggered_at,
        "decidedAt": execution.executed_at,
        "outcomes": [_outcome(outcome, deliveries) for outcome in execution.outcomes],
        "deadLetter": _dead_letter(rejected[0]) if rejected else None,
        "held": [_dead_letter(found) for found in letters if found.letter.is_held],
    }


def _outcome(outcome: JsonObject, deliveries: Mapping[UUID, StoredDelivery]) -> Document:
    known = deliveries.get(UUID(str(outcome["deliveryId"]))) if "deliveryId" in outcome else None
    if known is None:
        return dict(outcome)
    state = state_of(known.marks)
    feedback = dict(sorted(known.marks.items(), key=lambda item: item[1]))
    return {**outcome, "state": state.word if state else "pending", "feedback": feedback}


def _dead_letter(found: ListedDeadLetter) -> Document:
    letter = found.letter
    return {
        "at": str(letter.letter),
        "failedAt": letter.failed_at,
        "attempt": letter.attempt,
        "reason": letter.reason,
        "detail": letter.detail,
        "isOpen": letter.is_open,
        "releaseAt": letter.release_at,
        "resolution": _resolution(found.resolution) if found.resolution else None,
    }


def _resolution(resolution: StoredResolution) -> Document:
    return {
        "action": resolution.action,
        "at": resolution.resolved_at,
        "operator": resolution.operator,
        "runId": resolution.run_id,
        "note": resolution.note,
        "isPatched": resolution.is_patched,
    }

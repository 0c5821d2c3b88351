"""Executions: what became of a call."""

from typing import Final

from consumer.keys.key import Scope
from consumer.preview.past import explain_call
from consumer.reports.by_person import NotFindableError, people_sought
from consumer.reports.calls import document, row
from consumer.reports.lookup import FoundCall, find_call
from consumer.reports.progress import shortfall
from consumer.store.executions import ExecutionFilter, StoredExecution, list_executions
from gateway.api.campaign_trials import EXPLAINED
from gateway.api.kinds import FLAG as FLAG_KIND
from gateway.api.kinds import NAME, UUID_, WORDS, chosen
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.paging import page
from gateway.api.parameters import AFTER, LIMIT, SINCE, UNTIL, Parameter
from gateway.api.refusal import RefusalError, invalid, not_found
from gateway.api.shapes import FLAG, MOMENT, NUMBER, OBJECT, TEXT, Shape, array, optional, partial, record
from gateway.api.visibility import narrowed, refuse_hidden
from schemas.execution import OutcomeKind
from schemas.reasons import Reason

_EXECUTION: Final = Parameter("executionId", UUID_, "As the answer to the call had it.", "path")
_OUTCOMES: Final = tuple(OutcomeKind)

DEAD_LETTER: Final[Shape] = record(
    at=TEXT,
    failedAt=MOMENT,
    attempt=NUMBER,
    reason=TEXT,
    detail=TEXT,
    isOpen=FLAG,
    releaseAt=optional(MOMENT),
    resolution=optional(OBJECT),
)
ATTEMPT: Final[Shape] = record(
    attempt=NUMBER,
    campaignVersion=optional(NUMBER),
    source=TEXT,
    receivedAt=MOMENT,
    decidedAt=MOMENT,
    outcomes=array(
        partial(
            record(outcome=TEXT),
            recipient=TEXT,
            channel=TEXT,
            reason=TEXT,
            detail=TEXT,
            deliveryId=TEXT,
            treatment=TEXT,
            releaseAt=MOMENT,
            state=TEXT,
            feedback=OBJECT,
        )
    ),
    deadLetter=optional(DEAD_LETTER),
    held=array(DEAD_LETTER),
)
CALL: Final[Shape] = record(
    executionId=TEXT,
    requestId=TEXT,
    campaignId=TEXT,
    attempts=array(ATTEMPT),
    otherDeadLetters=array(DEAD_LETTER),
)
EXPLAINED_ATTEMPT: Final[Shape] = record(
    executionId=TEXT,
    campaignId=TEXT,
    attempt=NUMBER,
    campaignVersion=optional(NUMBER),
    triggeredAt=MOMENT,
    decidedAt=MOMENT,
    campaign=OBJECT,
    explained=array(EXPLAINED),
)
ROW: Final[Shape] = record(
    executedAt=MOMENT,
    campaignId=TEXT,
    version=optional(NUMBER),
    requestId=TEXT,
    attempt=NUMBER,
    outcomes={"type": "object", "additionalProperties": NUMBER},
    reasons=array(TEXT),
    executionId=TEXT,
    source=TEXT,
)


async def _show(call: Invocation) -> Answer:
    executions, found = await _find(call)
    return Answer(document(executions, found.letters, found.deliveries))


async def _explain(call: Invocation) -> Answer:
    await _find(call)
    id_ = call.values["executionId"]
    explained = await explain_call(call.services.database, id_, reveal=call.values["reveal"])
    # A request may have the same id.
    return Answer([attempt for attempt in explained if attempt["executionId"] == id_])


async def _find(call: Invocation) -> tuple[list[StoredExecution], FoundCall]:
    """The attempts of a call that the caller may see. Raises RefusalError."""
    id_ = call.values["executionId"]
    found = await find_call(call.services.database, id_)
    executions = [execution for execution in found.executions if str(execution.execution_id) == id_]
    if not executions:
        behind = await shortfall(call.services.settings, found.offsets)
        raise not_found(f"No execution has this id. {behind or 'All that is on the topics is projected.'}")
    refuse_hidden(call, executions[0].campaign_id)
    return executions, found


async def _list(call: Invocation) -> Answer:
    values = call.values
    campaigns = narrowed(call, frozenset([values["campaignId"]] if values["campaignId"] else ()))
    if campaigns is None:
        return Answer([])
    wanted = ExecutionFilter(
        campaigns,
        values["requestId"],
        values["outcome"],
        values["reason"],
        values["since"],
        values["until"],
        _people(call),
    )
    async with call.services.database.connection() as connection:
        found = await list_executions(connection, wanted, values["limit"] + 1, values["after"])
    return page(call, found, row, lambda execution: execution.cursor)


def _people(call: Invocation) -> list[bytes] | None:
    recipient = call.values["recipient"]
    try:
        return people_sought(call.services.settings, recipient) if recipient else None
    except NotFindableError as error:
        raise RefusalError(invalid(str(error), {"recipient": str(error)})) from None


OPERATIONS: Final = (
    Operation(
        "GET",
        "/executions/{executionId}",
        Scope.READ,
        "What became of one call: attempts, recipients and channels, dead letters and replays.",
        _show,
        CALL,
        (_EXECUTION,),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/executions/{executionId}/explain",
        Scope.READ,
        "Why a call came out as it did: of each attempt every rule in order, with its verdict.",
        _explain,
        array(EXPLAINED_ATTEMPT),
        (_EXECUTION, Parameter("reveal", FLAG_KIND, "Name the recipients.", default=False)),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/executions",
        Scope.READ,
        "Executions, the newest first; recipients are not named.",
        _list,
        array(ROW),
        (
            Parameter("campaignId", NAME, "Only of this campaign."),
            Parameter("requestId", WORDS, "Only of this request."),
            Parameter("recipient", WORDS, "Only to this recipient or address, as email:alice@example.com."),
            Parameter("outcome", chosen(_OUTCOMES), "Only with such an outcome."),
            Parameter("reason", chosen(Reason), "Only with an outcome for this reason."),
            SINCE,
            UNTIL,
            LIMIT,
            AFTER,
        ),
    ),
)

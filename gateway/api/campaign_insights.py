"""What can be asked of a campaign besides its files: contract, history, differences, experiment."""

from collections.abc import Awaitable, Callable
from typing import Final

from consumer.campaigns import lifecycle
from consumer.campaigns.contract import trigger_schema
from consumer.campaigns.diff import find_difference
from consumer.campaigns.history import find_history
from consumer.keys.key import Scope
from consumer.reports.experiment import document, find_experiment
from consumer.store.campaigns import StoredCampaign
from gateway.api.kinds import Kind
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.parameters import CAMPAIGN, Parameter
from gateway.api.refusal import not_found
from gateway.api.shapes import MOMENT, NUMBER, OBJECT, TEXT, Shape, array, optional, record
from gateway.api.visibility import check_seen
from schemas.whole_numbers import INT32_MAX, whole_number


def _version(text: str) -> str:
    if text not in {"live", "draft"}:
        try:
            whole_number(text, 1, INT32_MAX)
        except ValueError:
            raise ValueError("It must be a version's number, live or draft.") from None
    return text


_VERSION: Final = Kind(_version, {"type": "string", "pattern": "^(live|draft|[1-9][0-9]{0,9})$"})
EVENT: Final[Shape] = record(
    at=MOMENT, what=TEXT, version=optional(NUMBER), by=optional(TEXT), door=optional(TEXT)
)
DIFFERENCE: Final[Shape] = record(before=NUMBER, after=NUMBER, file=array(TEXT), sample=array(TEXT))


async def _schema(call: Invocation) -> Answer:
    return Answer(trigger_schema(lifecycle.read_definition((await _find(call)).current)))


async def _history(call: Invocation) -> Answer:
    campaign = await _find(call)
    async with call.services.database.connection() as connection:
        events = await find_history(connection, campaign.id)
    return Answer([event.document() for event in events])


async def _diff(call: Invocation) -> Answer:
    campaign = await _find(call)
    async with call.services.database.connection() as connection:
        found = await find_difference(connection, campaign.id, call.values["from"], call.values["to"])
    return Answer(found.document())


async def _experiment(call: Invocation) -> Answer:
    file = lifecycle.read_definition((await _find(call)).current)
    report = await find_experiment(call.services.database, file)
    if report is None:
        raise not_found("The campaign has no experiment.")
    return Answer(document(report))


async def _find(call: Invocation) -> StoredCampaign:
    """The campaign, if the caller may see it."""
    async with call.services.database.connection() as connection:
        campaign = await lifecycle.find(connection, call.values["id"])
    check_seen(call)(campaign)
    return campaign


def _get(
    name: str,
    summary: str,
    act: Callable[[Invocation], Awaitable[Answer]],
    shape: Shape,
    *parameters: Parameter,
    refusals: tuple[int, ...] = (404,),
) -> Operation:
    path = f"/campaigns/{{id}}/{name}"
    return Operation("GET", path, Scope.READ, summary, act, shape, (CAMPAIGN, *parameters), refusals=refusals)


OPERATIONS: Final = (
    _get(
        "schema", "The JSON Schema of the campaign's triggers: variables, required or not.", _schema, OBJECT
    ),
    _get("history", "What happened to the campaign, in order, and by whom.", _history, array(EVENT)),
    _get(
        "diff",
        "What differs between two versions: their files, and the sample as each renders it.",
        _diff,
        DIFFERENCE,
        Parameter("from", _VERSION, "A version's number, live or draft; else live, or the last but one."),
        Parameter("to", _VERSION, "The other; else the draft, or the last."),
        refusals=(404, 409),
    ),
    _get("experiment", "What each treatment came to, against the first.", _experiment, OBJECT),
)

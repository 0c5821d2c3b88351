"""Dead letters: listed, counted, shown, discarded. Values are masked unless they are asked for."""

from typing import Annotated, Final, get_args
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, StringConstraints

from consumer.dead_letters.choice import Choice
from consumer.dead_letters.document import document, group_rows, row
from consumer.dead_letters.kafka_source import KafkaSource
from consumer.dead_letters.lookup import Looked, look_up
from consumer.dead_letters.projected_source import ProjectedSource
from consumer.dead_letters.source import GroupBy, LetterState
from consumer.keys.key import Scope
from consumer.replay.discard import discard
from consumer.replay.outgoing import Run
from consumer.replay.recording import record_discard
from gateway.api.bodies import body_of
from gateway.api.kinds import FLAG, LETTER, NAME, WORDS, chosen
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.paging import page
from gateway.api.parameters import AFTER, LIMIT, SINCE, UNTIL, Parameter
from gateway.api.refusal import RefusalError, conflict, not_found
from gateway.api.shapes import FLAG as FLAG_SHAPE
from gateway.api.shapes import MOMENT, NUMBER, OBJECT, TEXT, Shape, array, optional, partial, record
from gateway.api.visibility import narrowed, refuse_hidden
from gateway.problem import forbidden
from schemas.reasons import Reason

AT: Final = Parameter("at", LETTER, "Partition and offset on the dead-letter topic, as 3:1042.", "path")
CHOICE: Final = (
    Parameter("reason", chosen(Reason), "Only with this reason, for any recipient.", is_repeatable=True),
    Parameter("campaign", NAME, "Only of this campaign.", is_repeatable=True),
    Parameter("requestId", WORDS, "Only of this request.", is_repeatable=True),
    SINCE,
    UNTIL,
)
ROW: Final[Shape] = partial(
    record(
        at=TEXT,
        reason=TEXT,
        detail=TEXT,
        campaignId=optional(TEXT),
        campaignVersion=optional(NUMBER),
        requestId=optional(TEXT),
        attempt=NUMBER,
        failedAt=MOMENT,
        origin=optional(OBJECT),
        failures=array(OBJECT),
        resolution=optional(OBJECT),
    ),
    releaseAt=MOMENT,
)
GROUP: Final[Shape] = partial(
    record(count=NUMBER, oldest=MOMENT, newest=MOMENT, example=TEXT),
    reason=optional(TEXT),
    campaignId=optional(TEXT),
)
LETTER_SHAPE: Final[Shape] = partial(
    {**ROW, "required": [*ROW["required"], "headers", "valueBytes", "tries"]},
    headers=OBJECT,
    valueBytes=NUMBER,
    tries=array(OBJECT),
)


class Discard(BaseModel):
    """Why the letter is given up."""

    model_config = ConfigDict(extra="forbid")
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]


async def _list(call: Invocation) -> Answer:
    values = call.values
    campaigns = narrowed(call, frozenset(values["campaign"]))
    if campaigns is None:
        return Answer([])
    choice = Choice(
        frozenset(values["reason"]),
        campaigns,
        frozenset(values["requestId"]),
        values["since"],
        values["until"],
        with_held=values["held"],
    )
    services = call.services
    source = ProjectedSource(services.settings, KafkaSource(services.cluster))
    if by := values["by"]:
        groups = await source.groups(choice, values["state"], by)
        return Answer(group_rows(groups, "reason" if by == "reason" else "campaignId"))
    found = await source.page(choice, values["state"], values["limit"] + 1, values["after"])
    return page(call, found.letters, row, lambda listed: listed.cursor)


async def _show(call: Invocation) -> Answer:
    reveal = call.values["reveal"]
    if reveal and not call.caller.may(Scope.OPERATE):
        raise RefusalError(forbidden(f"To see what is masked needs the scope {Scope.OPERATE}."))
    return Answer(document(await _look_up(call), reveal=reveal))


async def _look_up(call: Invocation) -> Looked:
    """The letter, if there is one that the caller may see. Raises RefusalError."""
    looked = await look_up(call.services.cluster, call.values["at"])
    if looked is None:
        raise _no_letter(call)
    refuse_hidden(call, looked.listed.letter.campaign_id)
    return looked


async def _discard(call: Invocation) -> Answer:
    if not call.caller.sees_all:
        await _look_up(call)
    at, run = call.values["at"], Run(str(uuid4()), call.operator)
    async with call.services.database.transaction() as connection:
        await record_discard(connection, run, [at], call.body.note)
    refused = await discard(call.services.cluster, [at], run, call.body.note)
    if at in refused:
        if "no dead letter" in refused[at]:
            raise _no_letter(call)
        raise RefusalError(conflict(f"It is {refused[at]}."))
    return Answer({"at": str(at), "discarded": True, "runId": run.run_id, "operator": run.operator})


def _no_letter(call: Invocation) -> RefusalError:
    return not_found(f"There is no dead letter at {call.values['at']}: it has expired, or never was.")


OPERATIONS: Final = (
    Operation(
        "GET",
        "/dead-letters",
        Scope.READ,
        "Dead letters, the newest first, or counted. Of people only namespaces are shown.",
        _list,
        {"type": "array", "items": {"anyOf": [ROW, GROUP]}},
        (
            *CHOICE,
            Parameter("state", chosen(get_args(LetterState)), "Which letters.", default="unresolved"),
            Parameter("held", FLAG, "Include messages that are held until quiet hours end.", default=False),
            Parameter("by", chosen(get_args(GroupBy)), "Count letters by this, instead of listing them."),
            LIMIT,
            AFTER,
        ),
        reads_topics=True,
    ),
    Operation(
        "GET",
        "/dead-letters/{at}",
        Scope.READ,
        "One dead letter: why, what to do, its trigger with values masked, and its other tries.",
        _show,
        LETTER_SHAPE,
        (AT, Parameter("reveal", FLAG, "Show personal data and secrets; needs `operate`.", default=False)),
        refusals=(404,),
        reads_topics=True,
    ),
    Operation(
        "POST",
        "/dead-letters/{at}/discard",
        Scope.OPERATE,
        "Resolve a dead letter without replaying it.",
        _discard,
        record(at=TEXT, discarded=FLAG_SHAPE, runId=TEXT, operator=TEXT),
        (AT,),
        body_of(Discard),
        refusals=(404, 409),
        reads_topics=True,
    ),
)

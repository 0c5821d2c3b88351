"""A campaign tried: previews, explanations, proofs."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from config.kafka import kafka_client_options, kafka_producer_options
from consumer.campaigns import lifecycle
from consumer.kafka.topics import Topics
from consumer.keys.key import Scope
from consumer.preview.choice import Chosen, choose
from consumer.preview.explain import explain
from consumer.preview.people import as_triggers, limited, sample_for
from consumer.preview.preview import preview
from consumer.preview.proof import send_proof
from consumer.rules.policy import Policy
from gateway.api.bodies import body_of
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.parameters import CAMPAIGN
from gateway.api.shapes import OBJECT, TEXT, Shape, array, optional, record
from gateway.api.visibility import check_seen

_OPTIONS: Final = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Trying(BaseModel):
    """What is tried, and for whom: a trigger, recipients, a stored profile, or else the sample."""

    model_config = _OPTIONS
    version: Annotated[str, Field(pattern=r"^(live|draft|[1-9][0-9]{0,8})$")] | None = None
    """Else the draft, or the current one."""
    trigger: dict[str, Any] | None = None
    recipients: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=100)] | None = None
    profile: Annotated[str, Field(max_length=320)] | None = None
    """`email:alice@example.com`."""
    locale: Annotated[str, Field(max_length=100)] | None = None
    treatment: Annotated[str, Field(max_length=64)] | None = None
    reveal: bool = False
    """For explanations: show personal data."""


class Proofing(BaseModel):
    """Who gets the proof, and with which values."""

    model_config = _OPTIONS
    to: Annotated[list[Annotated[str, Field(max_length=320)]], Field(min_length=1, max_length=10)]
    version: Annotated[str, Field(pattern=r"^(live|draft|[1-9][0-9]{0,8})$")] | None = None
    trigger: dict[str, Any] | None = None
    treatment: Annotated[str, Field(max_length=64)] | None = None
    subject_prefix: Annotated[str, Field(max_length=100)] = ""


PREVIEWED: Final[Shape] = record(
    recipient=TEXT,
    channel=optional(TEXT),
    outcome=TEXT,
    reason=optional(TEXT),
    detail=optional(TEXT),
    locale=optional(TEXT),
    treatment=optional(TEXT),
    content=optional(OBJECT),
)
EXPLAINED: Final[Shape] = record(
    recipient=optional(TEXT), channel=optional(TEXT), outcome=TEXT, reason=optional(TEXT), rules=array(OBJECT)
)


async def _preview(call: Invocation) -> Answer:
    wanted: Trying = call.body or Trying()
    chosen = await _choose(call, wanted.version, wanted.treatment)
    found = await preview(chosen.trial, _triggers(chosen, wanted), call.services.now())
    return Answer([each.document() for each in found])


async def _explain(call: Invocation) -> Answer:
    wanted: Trying = call.body or Trying()
    chosen = await _choose(call, wanted.version, wanted.treatment)
    now = call.services.now()
    return Answer(await explain(chosen.trial, _triggers(chosen, wanted), now, reveal=wanted.reveal))


async def _proof(call: Invocation) -> Answer:
    wanted: Proofing = call.body
    chosen = await _choose(call, wanted.version, wanted.treatment)
    settings = call.services.settings
    sent = await send_proof(
        call.services.database,
        chosen.trial,
        chosen.version,
        wanted.to,
        options={**kafka_client_options(settings), **kafka_producer_options(settings)},
        now=call.services.now(),
        trigger=wanted.trigger,
        subject_prefix=wanted.subject_prefix,
    )
    return Answer(sent.document())


async def _choose(call: Invocation, version: str | None, treatment: str | None) -> Chosen:
    async with call.services.database.connection() as connection:
        check_seen(call)(await lifecycle.find(connection, call.values["id"]))
    settings = call.services.settings
    return await choose(
        call.services.database,
        call.values["id"],
        version,
        topics=Topics(settings.topic_prefix),
        policy=Policy(settings.consent_default, settings.phone_region),
        treatment=treatment,
    )


def _triggers(chosen: Chosen, wanted: Trying) -> list[dict[str, Any]]:
    if wanted.trigger is not None:
        return limited([wanted.trigger], "The body", wanted.locale)
    if wanted.recipients is not None:
        return limited(as_triggers(chosen.file, wanted.recipients), "The body", wanted.locale)
    return [sample_for(chosen.file, wanted.profile, wanted.locale)]


_PATH: Final = "/campaigns/{id}"

OPERATIONS: Final = (
    Operation(
        "POST",
        f"{_PATH}/preview",
        Scope.AUTHOR,
        "Render the messages by the code that sends them, and send nothing.",
        _preview,
        array(PREVIEWED),
        (CAMPAIGN,),
        body_of(Trying, is_required=False),
        refusals=(404, 409),
    ),
    Operation(
        "POST",
        f"{_PATH}/explain",
        Scope.AUTHOR,
        "Each rule in order with its verdict, for a trigger that is not sent.",
        _explain,
        array(EXPLAINED),
        (CAMPAIGN,),
        body_of(Trying, is_required=False),
        refusals=(404, 409),
    ),
    Operation(
        "POST",
        f"{_PATH}/proofs",
        Scope.AUTHOR,
        "Send a version to at most 10 testers, marked as a test.",
        _proof,
        record(requestId=TEXT, outcomes=array(OBJECT)),
        (CAMPAIGN,),
        body_of(Proofing),
        refusals=(404, 409),
    ),
)

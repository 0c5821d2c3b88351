"""Profiles: one person, shown and changed."""

from typing import Final

from pydantic import BaseModel, ConfigDict

from consumer.keys.key import Scope
from consumer.profiles.changing import change_profile
from consumer.profiles.erasing import Secrets, erase, export
from consumer.profiles.shown import profile_document
from gateway.api.bodies import body_of
from gateway.api.kinds import NAME, WORDS
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.parameters import Parameter
from gateway.api.refusal import RefusalError, not_found
from gateway.api.shapes import MOMENT, OBJECT, TEXT, Shape, array, optional, partial, record
from schemas.profile import Consents

_IDENTITY: Final = (
    Parameter("namespace", NAME, "Of an identity, as email.", "path"),
    Parameter("userId", WORDS, "Its value.", "path"),
)
PROFILE: Final[Shape] = record(
    id=TEXT,
    identities=array(record(namespace=TEXT, id=TEXT)),
    attributes=OBJECT,
    consents=OBJECT,
    dataset=optional(TEXT),
    createdAt=MOMENT,
)


class Change(BaseModel):
    """What is merged into the profile: attributes deeply, consents per channel, as an import does it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    attributes: dict[str, object] = {}
    consents: Consents = Consents()


async def _show(call: Invocation) -> Answer:
    namespace, user_id = call.values["namespace"], call.values["userId"]
    document = await profile_document(call.services.database, namespace, user_id)
    if document is None:
        raise _nobody()
    return Answer(document)


async def _change(call: Invocation) -> Answer:
    namespace, user_id = call.values["namespace"].lower(), call.values["userId"]
    change: Change = call.body
    consents = change.consents.model_dump(mode="json", exclude_unset=True)
    database = call.services.database
    if not await change_profile(database, (namespace, user_id), change.attributes, consents):
        raise _nobody()
    return await _show(call)


async def _delete(call: Invocation) -> Answer:
    identity = call.values["namespace"].lower(), call.values["userId"]
    erased = await erase(call.services.database, identity, _secrets(call))
    if erased.profile_id is None and not erased.rows:
        raise _nobody()
    return Answer({"profileId": erased.profile_id, "rows": dict(erased.rows)})


async def _export(call: Invocation) -> Answer:
    identity = call.values["namespace"].lower(), call.values["userId"]
    document = await export(call.services.database, identity, _secrets(call))
    if document is None:
        raise _nobody()
    return Answer(document)


def _secrets(call: Invocation) -> Secrets:
    settings = call.services.settings
    return Secrets(settings.signing_keys, settings.phone_region)


def _nobody() -> RefusalError:
    return not_found("No profile has this identity.")


OPERATIONS: Final = (
    Operation(
        "GET",
        "/profiles/{namespace}/{userId}",
        Scope.ADMIN,
        "The profile with this identity, personal data and all.",
        _show,
        PROFILE,
        _IDENTITY,
        refusals=(404,),
    ),
    Operation(
        "PATCH",
        "/profiles/{namespace}/{userId}",
        Scope.ADMIN,
        "Change a profile: what is given is merged into it.",
        _change,
        PROFILE,
        _IDENTITY,
        body_of(Change),
        refusals=(404,),
    ),
    Operation(
        "DELETE",
        "/profiles/{namespace}/{userId}",
        Scope.ADMIN,
        "Erase a person: the profile, its identities, and its traces in every table, in one transaction.",
        _delete,
        record(profileId=optional(TEXT), rows=OBJECT),
        _IDENTITY,
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/exports/profiles/{namespace}/{userId}",
        Scope.ADMIN,
        "All that is stored of a person.",
        _export,
        partial(record(profile=optional(PROFILE)), deliveries=array(OBJECT), executions=array(OBJECT)),
        _IDENTITY,
        refusals=(404,),
    ),
)

"""Audiences: their definitions, and how many belong to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from consumer.audiences import definitions
from consumer.audiences.definitions import shown
from consumer.keys.key import Scope
from gateway.api.bodies import JSON, read_json
from gateway.api.kinds import NAME, Kind, whole
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.paging import page
from gateway.api.parameters import LIMIT, Parameter
from gateway.api.refusal import RefusalError, invalid
from gateway.api.shapes import MOMENT, NUMBER, OBJECT, TEXT, Shape, array, optional, partial, record
from schemas.audience import AudienceFile, AudienceMistakesError, read_audience

_ID: Final = Parameter("audienceId", NAME, "The audience's id.", "path")
_AFTER: Final = Parameter("after", Kind(NAME.read, TEXT), "The next page, as the Link header names it.")
_MEMBERS_MAX: Final = 1_000

CONDITIONS: Final[Shape] = {"anyOf": [array(OBJECT), OBJECT]}
AUDIENCE: Final[Shape] = partial(
    record(id=TEXT, title=TEXT, createdAt=MOMENT, updatedAt=MOMENT),
    description=TEXT,
    where=CONDITIONS,
    members=TEXT,
    listed=NUMBER,
)


@dataclass(frozen=True, slots=True)
class _DefinitionBody:
    """An audience with conditions; lists of members are stored by `clarion audiences apply`."""

    shape: Shape
    media_types: Sequence[str] = (JSON,)
    is_required: bool = True

    def read(self, content: bytes, media_type: str) -> object:  # noqa: ARG002 - as Body has it
        return read_json(content)


_BODY: Final = _DefinitionBody(partial(record(title=TEXT, where=CONDITIONS), id=TEXT, description=TEXT))


async def _list(call: Invocation) -> Answer:
    found = await definitions.list_all(
        call.services.database, call.values["limit"] + 1, call.values["after"] or ""
    )
    return page(call, found, shown, lambda audience: audience.id)


async def _show(call: Invocation) -> Answer:
    return Answer(shown(await definitions.find(call.services.database, call.values["audienceId"])))


async def _put(call: Invocation) -> Answer:
    applied = await definitions.apply(call.services.database, _read(call.body, call.values["audienceId"]))
    return Answer(shown(applied.audience))


def _read(body: Any, id_: str) -> AudienceFile:  # noqa: ANN401 - whatever the caller sent
    document = {"id": id_, **body} if isinstance(body, dict) else body
    try:
        file = read_audience(document)
    except AudienceMistakesError as error:
        faults = {mistake.path or "body": mistake.problem for mistake in error.mistakes}
        raise RefusalError(invalid("The body is not an audience.", faults)) from None
    if file.id != id_:
        raise RefusalError(invalid("The body names another audience.", {"id": f"must be {id_}"}))
    if file.members is not None:
        problem = "a list is stored by `clarion audiences apply`"
        raise RefusalError(invalid("The body has a list of members.", {"members": problem}))
    return file


async def _delete(call: Invocation) -> Answer:
    await definitions.delete(call.services.database, call.values["audienceId"])
    return Answer({})


async def _count(call: Invocation) -> Answer:
    id_, consent = call.values["audienceId"], call.services.settings.consent_default
    return Answer({"id": id_, "members": await definitions.count(call.services.database, id_, consent)})


async def _members(call: Invocation) -> Answer:
    id_, consent = call.values["audienceId"], call.services.settings.consent_default
    found = await definitions.members(call.services.database, id_, consent, call.values["limit"])
    return Answer(list(found))


OPERATIONS: Final = (
    Operation(
        "GET", "/audiences", Scope.READ, "All audiences, by id.", _list, array(AUDIENCE), (LIMIT, _AFTER)
    ),
    Operation(
        "GET",
        "/audiences/{audienceId}",
        Scope.READ,
        "An audience's definition.",
        _show,
        AUDIENCE,
        (_ID,),
        refusals=(404,),
    ),
    Operation(
        "PUT",
        "/audiences/{audienceId}",
        Scope.AUTHOR,
        "Store an audience with conditions. Executions that have their members are not changed.",
        _put,
        AUDIENCE,
        (_ID,),
        _BODY,
    ),
    Operation(
        "DELETE",
        "/audiences/{audienceId}",
        Scope.AUTHOR,
        "Delete an audience. Executions that have their members go on.",
        _delete,
        OBJECT,
        (_ID,),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/audiences/{audienceId}/count",
        Scope.READ,
        "How many belong to it just now.",
        _count,
        record(id=TEXT, members=NUMBER),
        (_ID,),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/audiences/{audienceId}/members",
        Scope.OPERATE,
        "Some of those who belong to it just now, with their identities.",
        _members,
        array(record(profileId=optional(TEXT), identities=array(TEXT))),
        (_ID, Parameter("limit", whole(1, _MEMBERS_MAX), "How many at most.", default=100)),
        refusals=(404,),
    ),
)

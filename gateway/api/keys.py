"""Keys: who may call. A secret is in one answer only, the one that creates the key."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from consumer.keys import administration
from consumer.keys.key import ApiKey, Limits, Scope, UnusableKeyError
from gateway.api.bodies import body_of
from gateway.api.kinds import WORDS
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.parameters import Parameter
from gateway.api.refusal import RefusalError, invalid, not_found
from gateway.api.shapes import MOMENT, NUMBER, TEXT, Shape, array, optional, partial, record

_ID: Final = Parameter("keyId", WORDS, "The key's id.", "path")

KEY: Final[Shape] = record(
    id=TEXT,
    name=TEXT,
    scopes=array(TEXT),
    campaigns=array(TEXT),
    labels=array(TEXT),
    rate=optional(NUMBER),
    createdAt=MOMENT,
    revokedAt=optional(MOMENT),
)
CREATED: Final[Shape] = partial(
    record(id=TEXT, secret=TEXT, name=TEXT, scopes=array(TEXT)),
    campaigns=array(TEXT),
    labels=array(TEXT),
    rate=optional(NUMBER),
)


class Create(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid")
    name: str
    scopes: list[Scope]
    campaigns: list[str] = []
    labels: list[str] = []
    rate: int | None = None


async def _list(call: Invocation) -> Answer:
    return Answer([_document(key) for key in await administration.list_all(call.services.database)])


async def _create(call: Invocation) -> Answer:
    wanted: Create = call.body
    limits = Limits(wanted.campaigns, wanted.labels, wanted.rate)
    try:
        key = await administration.create(call.services.database, wanted.name, wanted.scopes, limits)
    except UnusableKeyError as error:
        raise RefusalError(invalid(str(error))) from None
    body = {"id": key.id, "secret": key.secret, "name": key.name, "scopes": list(key.scopes)}
    return Answer({**body, **key.limits.document()}, 201)


async def _revoke(call: Invocation) -> Answer:
    revoked_at = await administration.revoke(call.services.database, call.values["keyId"])
    if revoked_at is None:
        raise not_found("There is no such key.")
    return Answer({"id": call.values["keyId"], "revokedAt": revoked_at})


def _document(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        **key.limits.document(),
        "createdAt": key.created_at,
        "revokedAt": key.revoked_at,
    }


OPERATIONS: Final = (
    Operation("GET", "/keys", Scope.ADMIN, "All keys, the oldest first; no secrets.", _list, array(KEY)),
    Operation(
        "POST",
        "/keys",
        Scope.ADMIN,
        "Create a key. The answer has its secret, once.",
        _create,
        CREATED,
        body=body_of(Create),
        status=201,
    ),
    Operation(
        "DELETE",
        "/keys/{keyId}",
        Scope.ADMIN,
        "Revoke a key and its tokens, within a second everywhere.",
        _revoke,
        record(id=TEXT, revokedAt=MOMENT),
        (_ID,),
        refusals=(404,),
    ),
)

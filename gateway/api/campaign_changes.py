"""Campaigns changed: drafts written, reviewed, activated, stopped, archived, duplicated."""

from collections.abc import Awaitable, Callable
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from consumer.campaigns import lifecycle
from consumer.campaigns.bounds import campaign_excesses
from consumer.campaigns.lifecycle import Done
from consumer.campaigns.views import find_shown
from consumer.keys.key import Scope
from consumer.store.campaigns import StoredCampaign
from gateway.access import hidden_campaign
from gateway.api.bodies import body_of, invalid_by
from gateway.api.draft_body import DRAFT
from gateway.api.etags import check_tags, edited, tag
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.parameters import CAMPAIGN
from gateway.api.refusal import RefusalError, invalid
from gateway.api.shapes import FLAG, NUMBER, TEXT, Shape, array, optional, record
from gateway.api.visibility import check_seen
from schemas.campaign import CampaignFile
from schemas.trigger_wire import Name

FINDING: Final[Shape] = record(
    code=TEXT,
    severity=TEXT,
    path=TEXT,
    channel=optional(TEXT),
    locale=optional(TEXT),
    line=optional(NUMBER),
    sentence=TEXT,
    fix=TEXT,
)
DONE: Final[Shape] = record(id=TEXT, version=NUMBER, sentence=TEXT, findings=array(FINDING))


class Duplicate(BaseModel):
    """What the copy is called."""

    model_config = ConfigDict(extra="forbid")
    id: Name | None = None
    """ID-copy, unless it is given."""


async def _write_draft(call: Invocation) -> Answer:
    file = _file(call)
    if not call.caller.may_see(file.id, file.labels):
        raise RefusalError(hidden_campaign())
    is_seen, is_as_known, is_new = check_seen(call), check_tags(call), False

    def check(campaign: StoredCampaign | None) -> None:
        nonlocal is_new
        is_seen(campaign)
        is_as_known(campaign)
        is_new = campaign is None

    done = await lifecycle.apply(call.services.database, file, check=check)
    headers = {"Location": f"/api/v1/campaigns/{file.id}"} if is_new else {}
    return await _answer(call, file.id, done, 201 if is_new else 200, headers)


def _file(call: Invocation) -> CampaignFile:
    document = {"id": call.values["id"], **call.body}
    if document["id"] != call.values["id"]:
        raise RefusalError(invalid("The body names another campaign.", {"id": "It is not that of the path."}))
    try:
        file = CampaignFile.model_validate(document)
    except ValidationError as error:
        raise RefusalError(invalid_by(error)) from None
    if faults := dict(excess.split(": ", 1) for excess in campaign_excesses(file)):
        raise RefusalError(invalid("The campaign is too large.", faults))
    return file


async def _review(call: Invocation) -> Answer:
    async with call.services.database.connection() as connection:
        campaign = (await find_shown(connection, call.values["id"])).campaign
        check_seen(call)(campaign)
        version = edited(campaign)
        findings = await lifecycle.review_file(connection, lifecycle.read_definition(version))
    body = {
        "id": campaign.id,
        "version": version.number,
        "canBeActivated": all(finding.severity != "error" for finding in findings),
        "findings": [finding.document() for finding in findings],
    }
    return Answer(body, headers={"ETag": tag(version)})


async def _activate(call: Invocation) -> Answer:
    is_seen, is_as_known = check_seen(call), check_tags(call)

    def check(campaign: StoredCampaign | None) -> None:
        is_seen(campaign)
        is_as_known(campaign)

    id_ = call.values["id"]
    return await _answer(call, id_, await lifecycle.activate(call.services.database, id_, check))


async def _resume(call: Invocation) -> Answer:
    id_ = call.values["id"]
    return await _answer(call, id_, await lifecycle.resume(call.services.database, id_, check_seen(call)))


async def _stop(call: Invocation) -> Answer:
    id_ = call.values["id"]
    return await _answer(call, id_, await lifecycle.stop(call.services.database, id_, check_seen(call)))


async def _archive(call: Invocation) -> Answer:
    id_ = call.values["id"]
    return await _answer(call, id_, await lifecycle.archive(call.services.database, id_, check_seen(call)))


async def _duplicate(call: Invocation) -> Answer:
    id_ = call.values["id"]
    new_id = (call.body.id if call.body else None) or f"{id_}-copy"
    if not call.caller.may_see(new_id, ()):
        raise RefusalError(hidden_campaign())
    done = await lifecycle.duplicate(call.services.database, id_, new_id, check_seen(call))
    return await _answer(call, new_id, done, 201, {"Location": f"/api/v1/campaigns/{new_id}"})


async def _answer(
    call: Invocation, id_: str, done: Done, status: int = 200, headers: dict[str, str] | None = None
) -> Answer:
    async with call.services.database.connection() as connection:
        current = tag(edited(await lifecycle.find(connection, id_)))
    body = {
        "id": id_,
        "version": done.version,
        "sentence": done.sentence,
        "findings": [finding.document() for finding in done.findings],
    }
    return Answer(body, status, {"ETag": current, **(headers or {})})


def _move(name: str, scope: Scope, summary: str, act: Callable[[Invocation], Awaitable[Answer]]) -> Operation:
    return Operation(
        "POST", f"/campaigns/{{id}}/{name}", scope, summary, act, DONE, (CAMPAIGN,), refusals=(404, 409, 412)
    )


OPERATIONS: Final = (
    Operation(
        "PUT",
        "/campaigns/{id}/draft",
        Scope.AUTHOR,
        "Write the campaign's draft. If-Match: the ETag it is based on; 412 when somebody was faster.",
        _write_draft,
        DONE,
        (CAMPAIGN,),
        DRAFT,
        also=(201,),
        refusals=(409, 412),
    ),
    Operation(
        "POST",
        "/campaigns/{id}/review",
        Scope.READ,
        "Review the draft, else the current version.",
        _review,
        record(id=TEXT, version=NUMBER, canBeActivated=FLAG, findings=array(FINDING)),
        (CAMPAIGN,),
        refusals=(404,),
    ),
    _move(
        "activate", Scope.PUBLISH, "Put the draft live. If-Match: only the draft with this ETag.", _activate
    ),
    _move("resume", Scope.PUBLISH, "Execute a campaign again that its guard paused.", _resume),
    _move("stop", Scope.PUBLISH, "Stop the live version for good.", _stop),
    _move("archive", Scope.PUBLISH, "Put a stopped campaign or a draft away for good.", _archive),
    Operation(
        "POST",
        "/campaigns/{id}/duplicate",
        Scope.AUTHOR,
        "Copy the current version into the draft of a new campaign.",
        _duplicate,
        DONE,
        (CAMPAIGN,),
        body_of(Duplicate, is_required=False),
        status=201,
        refusals=(404, 409),
    ),
)

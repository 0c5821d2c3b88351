"""Campaigns read: listed, one, one version, a sample of its triggers."""

from typing import Final, get_args
from uuid import uuid4

from consumer.campaigns import lifecycle
from consumer.campaigns.listing import row
from consumer.campaigns.sample import sample_trigger
from consumer.campaigns.status import Status, status
from consumer.campaigns.views import Shown, find_shown
from consumer.keys.key import Scope
from consumer.store.campaigns import list_campaigns
from gateway.api.etags import edited, tag
from gateway.api.kinds import NAME, chosen, whole
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.paging import page
from gateway.api.parameters import CAMPAIGN, LIMIT, Parameter
from gateway.api.shapes import MOMENT, NUMBER, OBJECT, TEXT, Shape, array, optional, record, ref
from gateway.api.visibility import check_seen, sees
from schemas.whole_numbers import INT32_MAX

ROW: Final[Shape] = record(
    id=TEXT,
    title=TEXT,
    type=TEXT,
    lane=TEXT,
    status=TEXT,
    version=NUMBER,
    draft=optional(NUMBER),
    start=optional(MOMENT),
    end=optional(MOMENT),
    channels=array(TEXT),
)
SHOWN: Final[Shape] = record(
    id=TEXT,
    status=TEXT,
    draft=optional(NUMBER),
    createdAt=MOMENT,
    archivedAt=optional(MOMENT),
    version=NUMBER,
    versionStatus=TEXT,
    versionCreatedAt=MOMENT,
    activatedAt=optional(MOMENT),
    stoppedAt=optional(MOMENT),
    definition=OBJECT,
)
VERSION: Final = Parameter("version", whole(1, INT32_MAX), "The version's number.", "path")


async def _list(call: Invocation) -> Answer:
    wanted, after, now = call.values["status"], call.values["after"] or "", call.services.now()
    async with call.services.database.connection() as connection:
        campaigns = await list_campaigns(connection)
    found = [
        campaign
        for campaign in campaigns
        if campaign.id > after and wanted in (None, status(campaign, now)) and sees(call, campaign)
    ]
    return page(call, found, row, lambda campaign: campaign.id)


async def _show(call: Invocation) -> Answer:
    shown = await _find(call)
    return Answer(shown.document(), headers={"ETag": tag(edited(shown.campaign))})


async def _show_version(call: Invocation) -> Answer:
    shown = await _find(call, call.values["version"])
    return Answer(shown.document(), headers={"ETag": tag(shown.version)})


async def _sample(call: Invocation) -> Answer:
    file = lifecycle.read_definition((await _find(call)).version)
    return Answer(sample_trigger(file, f"sample-{uuid4().hex[:8]}"))


async def _find(call: Invocation, number: int | None = None) -> Shown:
    async with call.services.database.connection() as connection:
        shown = await find_shown(connection, call.values["id"], number)
    check_seen(call)(shown.campaign)
    return shown


OPERATIONS: Final = (
    Operation(
        "GET",
        "/campaigns",
        Scope.READ,
        "Campaigns with their status, by id.",
        _list,
        array(ROW),
        (
            Parameter("status", chosen(get_args(Status)), "Only with this status."),
            LIMIT,
            Parameter("after", NAME, "The next page, as the Link header of this one names it."),
        ),
    ),
    Operation(
        "GET",
        "/campaigns/{id}",
        Scope.READ,
        "A campaign: its live version, else its draft, else its last. ETag: what a draft is based on.",
        _show,
        SHOWN,
        (CAMPAIGN,),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/campaigns/{id}/versions/{version}",
        Scope.READ,
        "One version of a campaign.",
        _show_version,
        SHOWN,
        (CAMPAIGN, VERSION),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/campaigns/{id}/sample",
        Scope.READ,
        "A trigger with every variable that the campaign's templates use.",
        _sample,
        ref("Trigger"),
        (CAMPAIGN,),
        refusals=(404,),
    ),
)

"""Reports: what became of those a campaign was for."""

from typing import Final

from consumer.keys.key import Scope
from consumer.reports.campaign_figures import Question, campaign_report, overview
from consumer.reports.reported_deliveries import DRILLABLE, reported_deliveries
from consumer.rules.report_figures import FEEDBACK, OUTCOMES
from gateway.api.kinds import NAME, chosen, whole
from gateway.api.operation import Answer, Invocation, Operation
from gateway.api.parameters import LIMIT, SINCE, UNTIL, Parameter
from gateway.api.refusal import not_found
from gateway.api.shapes import MOMENT, NUMBER, OBJECT, TEXT, Shape, array, optional, partial, record
from gateway.api.visibility import narrowed, refuse_hidden
from schemas.whole_numbers import INT32_MAX

_CAMPAIGN: Final = Parameter("campaignId", NAME, "The campaign.", "path")
_VERSION: Final = Parameter("version", whole(1, INT32_MAX), "Only of this version.")
FIGURES: Final[Shape] = record(
    **dict.fromkeys(("targeted", *OUTCOMES, *FEEDBACK), NUMBER),
    rates=OBJECT,
    latency=OBJECT,
)
REPORT: Final[Shape] = partial(
    {**FIGURES, "required": ["campaignId", *FIGURES["required"]]},
    campaignId=TEXT,
    versions=array(OBJECT),
    channels=array(OBJECT),
    locales=array(OBJECT),
    treatments=array(OBJECT),
    periods=array(OBJECT),
)
DELIVERY: Final[Shape] = record(
    at=MOMENT,
    state=optional(TEXT),
    version=NUMBER,
    channel=TEXT,
    locale=TEXT,
    treatment=optional(TEXT),
    deliveryId=TEXT,
    executionId=TEXT,
)


async def _show(call: Invocation) -> Answer:
    values = call.values
    refuse_hidden(call, values["campaignId"])
    asked = Question(values["campaignId"], values["since"], values["until"], values["version"], values["by"])
    report = await campaign_report(call.services.database, asked)
    if report is None:
        raise not_found("Nothing was counted of this campaign.")
    return Answer(report)


async def _overview(call: Invocation) -> Answer:
    visible = narrowed(call, frozenset())
    if visible is None:
        return Answer([])
    rows = await overview(call.services.database, call.values["since"], call.values["until"])
    return Answer([row for row in rows if not visible or row["campaignId"] in visible])


async def _deliveries(call: Invocation) -> Answer:
    values = call.values
    refuse_hidden(call, values["campaignId"])
    asked = Question(values["campaignId"], values["since"], values["until"], values["version"])
    found = await reported_deliveries(call.services.database, asked, values["metric"], values["limit"])
    return Answer(found)


OPERATIONS: Final = (
    Operation(
        "GET",
        "/reports",
        Scope.READ,
        "The figures of every campaign of which something was counted.",
        _overview,
        array(partial(FIGURES, campaignId=TEXT)),
        (SINCE, UNTIL),
    ),
    Operation(
        "GET",
        "/reports/{campaignId}",
        Scope.READ,
        "The figures of a campaign, which add up: targeted = deliveries + excluded + rejected + held.",
        _show,
        REPORT,
        (
            _CAMPAIGN,
            SINCE,
            UNTIL,
            _VERSION,
            Parameter("by", chosen(("minute", "hour", "day")), "Also by period, in UTC."),
        ),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/reports/{campaignId}/deliveries/{metric}",
        Scope.READ,
        "The deliveries behind a figure, the newest first; their executions name the recipient.",
        _deliveries,
        array(DELIVERY),
        (
            _CAMPAIGN,
            Parameter("metric", chosen(tuple(DRILLABLE)), "The figure.", "path"),
            SINCE,
            UNTIL,
            _VERSION,
            LIMIT,
        ),
        refusals=(404,),
    ),
)

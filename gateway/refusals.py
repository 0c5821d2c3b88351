"""How each reason for which a call is refused looks to its caller."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from consumer.audiences.errors import AudienceError, Why
from consumer.rules.campaign import Campaign
from consumer.triggers.admission import Refused
from gateway.problem import Problem
from schemas.delivery import timestamp
from schemas.reasons import Reason

_TABLE: Final[Mapping[Reason, tuple[int, str]]] = {
    Reason.MALFORMED: (400, "The request cannot be read"),
    Reason.INVALID: (400, "The request is not valid"),
    Reason.TRIGGER_TOO_LARGE: (413, "The request is too large"),
    Reason.DUPLICATE_RECIPIENT: (400, "A recipient is named twice"),
    Reason.RESERVED_CONTEXT: (400, "The context has a reserved name"),
    Reason.CONTEXT_TOO_LARGE: (400, "The context is too large"),
    Reason.UNKNOWN_CAMPAIGN: (404, "Cannot find the Campaign"),
    Reason.CAMPAIGN_NOT_LIVE: (400, "The campaign is not live"),
    Reason.BEFORE_START: (400, "The campaign has not started"),
    Reason.AFTER_END: (400, "The campaign has ended"),
    Reason.WRONG_LANE: (400, "The campaign is executed by another path"),
    Reason.NAMESPACE_MISMATCH: (400, "The namespace is not the campaign's"),
    Reason.UNKNOWN_PROFILE: (404, "Cannot find the Profile"),
}
"""Status and title. Reasons that are missing here are found by the consumer alone."""
_STATUS_BY_DATES: Final = {Reason.BEFORE_START: "scheduled", Reason.AFTER_END: "completed"}


def problem_of(refused: Refused) -> Problem:
    status, title = _TABLE[refused.reason]
    return Problem(status, refused.reason, title, refused.detail, refused.request_id, _context(refused))


_AUDIENCES: Final[Mapping[Why, tuple[int, str]]] = {
    Why.UNKNOWN_AUDIENCE: (404, "Cannot find the Audience"),
    Why.UNKNOWN_EXECUTION: (404, "Cannot find the Execution"),
    Why.UNKNOWN_SCHEDULE: (404, "Cannot find the Schedule"),
    Why.ENDED: (409, "The execution has ended"),
    Why.SETTLED: (409, "The schedule is settled"),
    Why.CONFLICT: (409, "The requestId was used for something else"),
    Why.UNUSABLE: (400, "The request is not valid"),
}


def problem_of_audience(error: AudienceError) -> Problem:
    status, title = _AUDIENCES[error.why]
    return Problem(status, error.why, title, str(error))


def _context(refused: Refused) -> dict[str, str]:
    context = {fault.path: fault.problem for fault in refused.faults}
    ids = {"requestId": refused.request_id, "campaignId": refused.campaign_id}
    context |= {name: id_ for name, id_ in ids.items() if id_ is not None}
    if refused.reason in _STATUS_BY_DATES or refused.reason is Reason.CAMPAIGN_NOT_LIVE:
        context |= _standing(refused)
    return context


def _standing(refused: Refused) -> dict[str, str]:
    campaign = refused.campaign
    if not isinstance(campaign, Campaign):
        return {"status": campaign.status} if campaign else {}
    dates: dict[str, datetime | None] = {"start": campaign.start, "end": campaign.end}
    return {"status": _STATUS_BY_DATES[refused.reason]} | {
        name: timestamp(date) for name, date in dates.items() if date is not None
    }

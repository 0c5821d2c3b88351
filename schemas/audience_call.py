"""A call to execute a campaign for an audience, as clients of AJO make it: now, or at a later time."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, NotRequired

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from schemas.json import (
    InvalidJsonError,
    JsonFault,
    JsonObject,
    MalformedJsonError,
    canonical,
    read_json,
)
from schemas.moment import read_moment
from schemas.reasons import Reason
from schemas.trigger import UnreadableTrigger, faults_of
from schemas.trigger_wire import CONTEXT_BYTES_MAX, Name, Text

MONTHS_AHEAD_MAX: Final = 13
_MONTHS: Final = 12


def _moment(value: object) -> object:
    if isinstance(value, str):
        try:
            return read_moment(value)
        except ValueError:
            pass
    raise ValueError("write a date and time with its zone, such as 2026-06-01T09:00:00+02:00")


_TOLERANT = with_config(ConfigDict(strict=True, extra="ignore"))


@_TOLERANT
class AudienceWire(TypedDict):
    id: Name


@_TOLERANT
class ScheduleWire(TypedDict):
    executeAt: NotRequired[
        Annotated[datetime, BeforeValidator(_moment), Field(description="A time zone is required.")]
    ]


@_TOLERANT
class AudienceCallWire(TypedDict):
    """One request: send this campaign to everybody who belongs to the audience."""

    requestId: NotRequired[Annotated[Text, Field(description="Made if it is missing.")]]
    campaignId: Name
    audience: NotRequired[AudienceWire]
    audienceId: NotRequired[Annotated[Name, Field(description="Read as audience.id.")]]
    context: NotRequired[Annotated[dict[str, Any], Field(description="Shared by all members.")]]
    schedule: NotRequired[ScheduleWire]


@dataclass(frozen=True, slots=True)
class AudienceCall:
    campaign_id: str
    request_id: str | None
    audience_id: str | None
    """None: the campaign's own."""
    context: JsonObject
    execute_at: datetime | None
    """In UTC; None: now."""


_adapter: Final = TypeAdapter(AudienceCallWire)
_NAMES: Final = ("requestId", "campaignId")


def read_audience_call(value: bytes) -> AudienceCall | UnreadableTrigger:
    """The call, or why it cannot be read: by the reasons of a trigger."""
    try:
        document = read_json(value)
        wire = _adapter.validate_python(document)
    except MalformedJsonError as error:
        return UnreadableTrigger(Reason.MALFORMED, f"The body is not JSON that Clarion reads: {error}.")
    except InvalidJsonError as error:
        return _invalid(error.document, error.faults)
    except ValidationError as error:
        return _invalid(document, faults_of(error))
    call = _call(wire)
    fault = _fault_beyond_shape(call)
    return UnreadableTrigger(*fault, call.request_id, call.campaign_id) if fault else call


def latest_time(now: datetime) -> datetime:
    """The same day and time, 13 months on; the last day of a month that lacks the day."""
    year, month = divmod(now.year * _MONTHS + now.month - 1 + MONTHS_AHEAD_MAX, _MONTHS)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)


def _call(wire: AudienceCallWire) -> AudienceCall:
    audience = wire.get("audience")
    return AudienceCall(
        wire["campaignId"],
        wire.get("requestId"),
        audience["id"] if audience else wire.get("audienceId"),
        wire.get("context") or {},
        (wire.get("schedule") or {}).get("executeAt"),
    )


def _fault_beyond_shape(call: AudienceCall) -> tuple[Reason, str] | None:
    if "system" in call.context:
        return Reason.RESERVED_CONTEXT, "context.system is reserved; use another name."
    if (length := len(canonical(call.context))) > CONTEXT_BYTES_MAX:
        return Reason.CONTEXT_TOO_LARGE, (
            f"The context has {length:,} bytes; at most {CONTEXT_BYTES_MAX:,} are allowed."
        )
    return None


def _invalid(document: object, faults: Sequence[JsonFault]) -> UnreadableTrigger:
    detail = "; ".join(f"{fault.path}: {fault.problem}" for fault in faults)
    ids = document if isinstance(document, dict) else {}
    doubtful = {fault.path for fault in faults}
    request_id, campaign_id = (
        ids[name] if isinstance(ids.get(name), str) and name not in doubtful else None for name in _NAMES
    )
    return UnreadableTrigger(
        Reason.INVALID, f"The body is not a call for an audience: {detail}.", request_id, campaign_id, faults
    )

"""The projected records as a tolerant reader takes them: a newer Clarion may say more, or know more reasons.

What these models refuse is not Clarion's: it is skipped, and must never stop the projector.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Json, StringConstraints
from pydantic.alias_generators import to_camel

from schemas import dead_letter
from schemas.channel import Channel
from schemas.moment import UtcMoment, read_moment
from schemas.namespace import canonical_name
from schemas.resolution import Resolution
from schemas.whole_numbers import INT32_MAX, INT64_MAX, INT64_MIN, whole_number

Reason = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$")]

_RecipientName = Annotated[str, AfterValidator(canonical_name)]

_Offset = Annotated[int, Field(ge=0, le=INT64_MAX)]
_Small = Annotated[int, Field(ge=0, le=INT32_MAX)]
"""A partition, an attempt or a version: the tables' integer."""


class _Tolerant(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")


class _Source(_Tolerant):
    topic: str
    partition: _Small
    offset: _Offset


class _Outcome(_Tolerant):
    model_config = ConfigDict(serialize_by_alias=True)

    recipient: _RecipientName | None = None
    channel: str | None = None
    outcome: str
    reason: Reason | None = None
    delivery_id: UUID | None = None
    treatment: str | None = None
    detail: str | None = None
    release_at: UtcMoment | None = None


class ExecutionWire(_Tolerant):
    execution_id: UUID
    request_id: str
    campaign_id: str
    campaign_version: _Small | None = None
    attempt: _Small
    source: _Source
    triggered_at: UtcMoment
    executed_at: UtcMoment
    outcomes: list[_Outcome]


class DeliveryWire(_Tolerant):
    """Only what its execution is found by."""

    execution_id: UUID
    channel: Channel
    address: str | dict[str, str | None]
    created_at: UtcMoment
    """The execution's executedAt."""


class _Failure(_Tolerant):
    recipient: _RecipientName
    channel: str | None = None
    reason: Reason
    detail: str = ""


def _header(field: str) -> str:
    """`clarion.failed-at` for failed_at, `clarion.origin.topic` for origin_topic."""
    return dead_letter.PREFIX + field.replace("origin_", "origin.").replace("_", "-")


def _whole(least: int, most: int) -> BeforeValidator:
    return BeforeValidator(lambda text: whole_number(text, least, most))


class LetterHeaders(BaseModel):
    """A dead letter's `clarion.*` headers."""

    model_config = ConfigDict(alias_generator=_header, extra="ignore")

    reason: Reason
    detail: str
    failures: Json[list[_Failure]] | None = None
    origin_topic: str
    origin_partition: Annotated[int, _whole(0, INT32_MAX)]
    origin_offset: Annotated[int, _whole(0, INT64_MAX)]
    origin_timestamp: Annotated[int, _whole(INT64_MIN, INT64_MAX)]
    campaign_id: str | None = None
    campaign_version: Annotated[int | None, _whole(1, INT32_MAX)] = None
    request_id: str | None = None
    attempt: Annotated[int, _whole(1, INT32_MAX)]
    failed_at: Annotated[datetime, BeforeValidator(read_moment)]
    release_at: Annotated[datetime | None, BeforeValidator(read_moment)] = None


class ResolutionWire(Resolution):
    model_config = ConfigDict(extra="ignore")

    failed_at: UtcMoment
    at: UtcMoment

"""The projected records as a tolerant reader takes them: a newer Clarion may say more, or know more reasons.

What these models refuse is not Clarion's: it is skipped, and must never stop the projector.
"""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Json, StringConstraints
from pydantic.alias_generators import to_camel

from schemas import dead_letter
from schemas.namespace import canonical_name
from schemas.resolution import Resolution

Reason = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$")]

_RecipientName = Annotated[str, AfterValidator(canonical_name)]


class _Tolerant(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")


class _Source(_Tolerant):
    topic: str
    partition: int
    offset: int


class _Outcome(_Tolerant):
    model_config = ConfigDict(serialize_by_alias=True)

    recipient: _RecipientName | None = None
    channel: str | None = None
    outcome: str
    reason: Reason | None = None
    delivery_id: UUID | None = None


class ExecutionWire(_Tolerant):
    execution_id: UUID
    request_id: str
    campaign_id: str
    campaign_version: int | None = None
    attempt: int
    source: _Source
    triggered_at: AwareDatetime
    executed_at: AwareDatetime
    outcomes: list[_Outcome]


class _Failure(_Tolerant):
    recipient: _RecipientName
    channel: str | None = None
    reason: Reason
    detail: str = ""


def _header(field: str) -> str:
    """`clarion.failed-at` for failed_at, `clarion.origin.topic` for origin_topic."""
    return dead_letter.PREFIX + field.replace("origin_", "origin.").replace("_", "-")


class LetterHeaders(BaseModel):
    """A dead letter's `clarion.*` headers."""

    model_config = ConfigDict(alias_generator=_header, extra="ignore")

    reason: Reason
    detail: str
    failures: Json[list[_Failure]] | None = None
    origin_topic: str
    origin_partition: int
    origin_offset: int
    origin_timestamp: int
    campaign_id: str | None = None
    campaign_version: int | None = None
    request_id: str | None = None
    attempt: int
    failed_at: AwareDatetime


class ResolutionWire(Resolution):
    model_config = ConfigDict(extra="ignore")

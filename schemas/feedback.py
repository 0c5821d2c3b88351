"""Feedback: what a channel service reports of a delivery after it was made."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import (
    AliasGenerator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from schemas.detail import enumerated
from schemas.json import JsonError, JsonFault, MalformedJsonError, read_json
from schemas.moment import read_moment

EVENT_BYTES_MAX: Final = 64_000
_UUID: Final = r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"
# PostgreSQL refuses U+0000, and the others have no place in a category or a link.
_NO_CONTROLS: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"


class FeedbackType(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    FAILED = "failed"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    RESUBSCRIBED = "resubscribed"
    COMPLAINED = "complained"


class InvalidFeedbackError(ValueError):
    """The value is no feedback; the message says why, without its values."""

    def __init__(
        self, reason: Literal["malformed", "invalid"], detail: str, faults: Sequence[JsonFault] = ()
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.faults = faults
        """Each by its member, where members are at fault."""


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a time is written as RFC 3339 has it")  # noqa: TRY004 - pydantic takes no other
    try:
        return read_moment(value)
    except ValueError as error:
        raise ValueError(f"it is no RFC 3339 time with a time zone: {error}") from None


_Short = Annotated[str, StringConstraints(max_length=255, pattern=_NO_CONTROLS)]


class Feedback(BaseModel):
    """One event of one delivery. Unknown members are ignored."""

    model_config = ConfigDict(
        alias_generator=AliasGenerator(alias=to_camel), strict=True, extra="ignore", frozen=True
    )

    delivery_id: Annotated[str, StringConstraints(pattern=_UUID, to_lower=True)] = Field(
        description="The delivery's own."
    )
    type: Annotated[FeedbackType, Field(strict=False)] = Field(description="What happened.")
    at: Annotated[AwareDatetime, BeforeValidator(_moment)] = Field(
        description="When it happened, with a time zone. A time after the record's own counts as that."
    )
    channel: str | None = Field(default=None, description="The delivery's; not needed.")
    address: str | dict[str, object] | None = Field(
        default=None, description="As the service knows it; not needed."
    )
    attempt: int | None = Field(default=None, ge=0, le=1_000_000, description="The service's own count.")
    code: str | int | None = Field(default=None, description="The provider's, such as `5.1.1`.")
    detail: str | None = Field(default=None, description="The provider's words; they are not stored.")
    bounce: Literal["hard", "soft", "ignored"] | None = Field(
        default=None, description="Of `bounced`: whether the address is at fault for good. Absent: soft."
    )
    category: _Short | None = Field(
        default=None, description="Of `bounced`: the service's own word, such as `mailbox-full`."
    )
    link: Annotated[str, StringConstraints(max_length=4_000, pattern=_NO_CONTROLS)] | None = Field(
        default=None, description="Of `clicked`: which link."
    )
    user_agent: str | None = Field(default=None, description="Of `opened` and `clicked`; it is not stored.")
    scope: Literal["channel", "all"] = Field(
        default="channel", description="Of `unsubscribed` and `resubscribed`: this channel, or every channel."
    )
    source: str | None = Field(default=None, description="Who reports it; for people.")


def read_feedback(value: bytes | None) -> Feedback:
    """Read one event. Raises InvalidFeedbackError."""
    if value is not None and len(value) > EVENT_BYTES_MAX:
        raise InvalidFeedbackError(
            "invalid", f"It has {len(value):,} bytes; an event has at most {EVENT_BYTES_MAX:,}."
        )
    try:
        return check_feedback(read_json(value))
    except MalformedJsonError as error:
        raise InvalidFeedbackError("malformed", f"It is not JSON: {error}.") from None
    except JsonError as error:
        raise InvalidFeedbackError("invalid", f"It is not certain what it means: {error}.") from None


def check_feedback(document: object) -> Feedback:
    """One event that is parsed already. Raises InvalidFeedbackError."""
    if not isinstance(document, dict):
        raise InvalidFeedbackError("invalid", "It is not a JSON object.")
    try:
        return Feedback.model_validate(document)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        faults = [JsonFault(".".join(map(str, each["loc"])), _said(each["msg"])) for each in found]
        sentences = (f"{fault.path}: {fault.problem}" for fault in faults)
        raise InvalidFeedbackError("invalid", f"{enumerated(sentences, '; ')}.", faults) from None


def _said(message: str) -> str:
    return re.sub(r"^Value error, ", "", message)

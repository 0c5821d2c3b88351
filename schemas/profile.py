"""Profiles: what an import line holds, and the event that reports a profile created by a trigger."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.delivery import Wire
from schemas.namespace import Namespace
from schemas.trigger_wire import Text

ConsentDefault = Literal["opt-in", "opt-out"]
"""What a marketing campaign takes for an answer that was not given: no, or yes."""

INTERACTIVE_MESSAGING = "interactive-messaging"
"""The dataset of profiles created by triggers, as AJO calls it."""


class ProfileCreated(Wire):
    """A profile that a trigger created: its namespace and id, and nothing else."""

    profile_id: UUID
    namespace: str
    user_id: str
    dataset: str
    campaign_id: str
    request_id: str
    created_at: AwareDatetime


class Identity(BaseModel):
    """A name that a person is known by."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    namespace: Namespace
    id: Text


class _Consent(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    val: str


class Consents(BaseModel):
    """AJO's consent fields, of which marketing per channel is read: `marketing.email.val == "y"`."""

    model_config = ConfigDict(extra="allow", strict=True)

    marketing: dict[Literal["email", "sms", "push"], _Consent] = {}


class ProfileLine(BaseModel):
    """One line of a profile import (JSON Lines)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    identities: Annotated[list[Identity], Field(min_length=1, max_length=100)]
    attributes: dict[str, object] = {}
    consents: Consents = Consents()

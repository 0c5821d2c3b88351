"""The execution: what became of one trigger record, the list of its outcomes."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from schemas.channel import Channel
from schemas.delivery import Wire
from schemas.reasons import Reason


class OutcomeKind(StrEnum):
    DELIVERY = "delivery"
    EXCLUSION = "exclusion"
    REJECTION = "rejection"
    HELD = "held"


class Outcome(Wire):
    """For one recipient and channel; a rejected trigger has neither, rules 8 and 9 give no channel."""

    recipient: str | None = Field(default=None, description="`namespace:userId`.")
    channel: Channel | None = None
    outcome: Literal["delivery", "exclusion", "rejection", "held"]
    reason: Reason | None = None
    delivery_id: UUID | None = None
    treatment: str | None = Field(default=None, description="Of a delivery in an experiment.")
    detail: str | None = Field(
        default=None, description="Of an exclusion whose reason alone says too little."
    )
    release_at: AwareDatetime | None = Field(default=None, description="When what is held is decided again.")


class Source(Wire):
    """Where the trigger record lies."""

    topic: str
    partition: int
    offset: int


class Execution(Wire):
    """What became of one trigger record."""

    execution_id: UUID = Field(description="uuid5(CLARION_NAMESPACE, campaignId + '/' + requestId)")
    request_id: str
    campaign_id: str
    campaign_version: int | None = Field(
        description="Null when the campaign has none that could be executed."
    )
    attempt: int = Field(description="1 for a first try; a replay counts one more.")
    source: Source
    triggered_at: AwareDatetime = Field(description="The trigger record's timestamp.")
    executed_at: AwareDatetime = Field(description="The one clock reading by which the decision was made.")
    outcomes: list[Outcome] = Field(description="In the order of recipients and channels.")

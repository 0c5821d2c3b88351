"""The execution: what became of one trigger record, the list of its outcomes."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from schemas.channel import Channel
from schemas.delivery import Wire
from schemas.reasons import Reason


class OutcomeKind(StrEnum):
    DELIVERY = "delivery"
    EXCLUSION = "exclusion"
    REJECTION = "rejection"


class Outcome(Wire):
    """For one recipient and channel; a rejection of the whole trigger names neither, rules 8 and 9 no channel."""

    recipient: str | None = None
    channel: Channel | None = None
    outcome: Literal["delivery", "exclusion", "rejection"]
    reason: Reason | None = None
    delivery_id: UUID | None = None


class Source(Wire):
    topic: str
    partition: int
    offset: int


class Execution(Wire):
    execution_id: UUID
    request_id: str
    campaign_id: str
    campaign_version: int | None
    attempt: int
    source: Source
    triggered_at: AwareDatetime
    """The trigger record's timestamp."""
    executed_at: AwareDatetime
    """The one clock reading by which the decision was made."""
    outcomes: list[Outcome]

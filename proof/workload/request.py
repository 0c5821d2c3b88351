"""A trigger record to be sent, and what is to become of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

Json = dict[str, Any]

# As the design publishes it: whoever knows the ids of a request can tell the ids of its effects.
CLARION_NAMESPACE = UUID("30b58e1b-f26c-59e3-bc81-cdb9ef965e93")
NUMBER_HEADER = "proof-number"


@dataclass(frozen=True, slots=True)
class Message:
    """What a delivery has to hold."""

    id: str
    recipient: str
    """By name: namespace and user id with a colon between."""
    channel: str
    address: str | Json
    content: Json


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one recipient on one channel; of a whole trigger, when it has neither."""

    recipient: str | None
    channel: str | None
    kind: str
    reason: str | None = None
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Request:
    number: int
    """Goes with the record as a header, by which it is known again wherever it lies."""
    partition: int
    key: bytes
    value: bytes
    request_id: str | None
    campaign_id: str | None
    """None when it cannot be read: then there is no execution record."""
    outcomes: tuple[Outcome, ...]
    """In the order of recipients and channels, as if no other request had the same id."""
    creates: frozenset[str] = frozenset()
    """Names of those whom this request makes known, if nobody did before."""
    ends_at: datetime | None = None
    """From then on it is `after_end` instead."""
    body: Json | None = None
    """The value before it was written, to send it again."""

    @property
    def execution_id(self) -> str:
        return execution_id(self.campaign_id or "", self.request_id or "")

    @property
    def is_whole_rejection(self) -> bool:
        return self.outcomes[0].recipient is None

    @property
    def messages(self) -> list[Message]:
        return [outcome.message for outcome in self.outcomes if outcome.message]


def execution_id(campaign_id: str, request_id: str) -> str:
    return str(uuid5(CLARION_NAMESPACE, f"{campaign_id}/{request_id}"))


def delivery_id(execution: str, recipient: str, channel: str) -> str:
    return str(uuid5(UUID(execution), f"{recipient}/{channel}"))

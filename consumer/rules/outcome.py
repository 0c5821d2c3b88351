"""What the rules find: a delivery, an exclusion, a rejection or a message held, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from consumer.rules.campaign import CampaignChannel
from schemas.channel import Channel
from schemas.ids import DeliveryId
from schemas.json import JsonObject
from schemas.reasons import Reason
from schemas.trigger import Recipient

Address = str | dict[str, str | None]
"""An e-mail address, a telephone number, or a push token with its platform and app."""


class Profile(NamedTuple):
    """What is known of a person."""

    attributes: JsonObject
    consents: JsonObject


UNKNOWN: Profile = Profile({}, {})
"""A person of whom nothing is known: a new profile, or a recipient without a stored one."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Could not be executed. Without a recipient it concerns the trigger; without a channel, all of them."""

    reason: Reason
    detail: str
    recipient: Recipient | None = None
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Rightly not messaged."""

    reason: Reason
    recipient: Recipient
    channel: Channel
    detail: str | None = None
    """Where the reason alone does not say enough."""


@dataclass(frozen=True, slots=True)
class Held:
    """Waits for a time, and is then decided again."""

    reason: Reason
    detail: str
    recipient: Recipient
    channel: Channel
    release_at: datetime


class Candidate(NamedTuple):
    """A recipient and channel that passed the rules up to the address; to be checked and rendered."""

    recipient: Recipient
    plan: CampaignChannel
    address: Address
    attributes: JsonObject
    """The stored profile's attributes with the trigger's own merged over them."""

    @property
    def channel(self) -> Channel:
        return self.plan.channel


class Delivery(NamedTuple):
    """A message ready to be claimed and sent."""

    delivery_id: DeliveryId
    recipient: Recipient
    plan: CampaignChannel
    address: Address
    locale: str
    content: Mapping[str, object]

    @property
    def channel(self) -> Channel:
        return self.plan.channel


Outcome = Delivery | Exclusion | Rejection | Held

"""A delivery as far as its feedback needs it, read as a tolerant reader does."""

from typing import Annotated
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from consumer.rules.address_keys import entry_keys
from consumer.store.deliveries import NewDelivery
from schemas.channel import Channel
from schemas.moment import UtcMoment
from schemas.namespace import canonical_name
from schemas.whole_numbers import INT32_MAX


class _Tolerant(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")


class _Recipient(_Tolerant):
    namespace: str
    user_id: str


class _Delivery(_Tolerant):
    delivery_id: UUID
    execution_id: UUID
    campaign_id: str
    campaign_version: Annotated[int, Field(ge=0, le=INT32_MAX)]
    channel: Channel
    locale: str
    treatment: str = ""
    test: bool = False
    recipient: _Recipient
    address: str | dict[str, str | None]
    created_at: UtcMoment


def read_delivery(value: bytes | None, phone_region: str | None) -> NewDelivery:
    """Raises ValueError for what is no delivery of Clarion's."""
    wire = _Delivery.model_validate(orjson.loads(value or b""))
    return NewDelivery(
        wire.delivery_id,
        wire.campaign_id,
        wire.campaign_version,
        wire.channel,
        wire.locale,
        wire.treatment,
        wire.test,
        canonical_name(f"{wire.recipient.namespace}:{wire.recipient.user_id}"),
        entry_keys(wire.channel, wire.address, phone_region)[0],
        wire.created_at,
        wire.execution_id,
    )

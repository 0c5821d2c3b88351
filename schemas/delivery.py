"""The delivery: one message for one recipient on one channel, rendered, ready to send."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """A record that Clarion makes: camelCase, and nothing beyond what is named."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True, extra="forbid"
    )


def timestamp(moment: datetime) -> str:
    """RFC 3339, UTC, milliseconds: `2026-06-01T00:00:00.000Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class DeliveryRecipient(Wire):
    namespace: str
    user_id: str
    profile_id: UUID | None = Field(description="None when the recipient has no stored profile.")


class PushAddress(Wire):
    token: str
    platform: str | None
    app_id: str | None


class EmailContent(Wire):
    subject: str
    html: str | None = None
    text: str | None = None


class SmsContent(Wire):
    text: str


class PushContent(Wire):
    title: str
    body: str
    data: dict[str, str] | None = None


class _Delivery(Wire):
    delivery_id: UUID = Field(description="uuid5(executionId, namespace + ':' + userId + '/' + channel)")
    execution_id: UUID = Field(description="uuid5(CLARION_NAMESPACE, campaignId + '/' + requestId)")
    request_id: str
    campaign_id: str
    campaign_version: int
    message_type: Literal["transactional", "marketing"]
    configuration: str = Field(description="Name of the channel configuration.")
    sender: dict[str, object] = Field(description="The channel configuration's settings.")
    recipient: DeliveryRecipient
    locale: str
    created_at: AwareDatetime


class EmailDelivery(_Delivery):
    channel: Literal["email"]
    address: str
    content: EmailContent


class SmsDelivery(_Delivery):
    channel: Literal["sms"]
    address: str
    content: SmsContent


class PushDelivery(_Delivery):
    channel: Literal["push"]
    address: PushAddress
    content: PushContent


Delivery = Annotated[EmailDelivery | SmsDelivery | PushDelivery, Field(discriminator="channel")]

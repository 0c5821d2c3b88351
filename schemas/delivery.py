"""The delivery: one message for one recipient on one channel, rendered, ready to send."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from schemas.attachments import Attachments


class Wire(BaseModel):
    """A record that Clarion makes: camelCase, and nothing beyond what is named."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True, extra="forbid"
    )


def timestamp(moment: datetime) -> str:
    """RFC 3339, UTC, milliseconds: `2026-06-01T00:00:00.000Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class DeliveryRecipient(Wire):
    """To whom the message goes, as the trigger names them."""

    namespace: str
    user_id: str
    profile_id: UUID | None = Field(description="Null when the recipient has no stored profile.")


class PushAddress(Wire):
    """The device and app to send to."""

    token: str
    platform: str | None = Field(description="Such as apns or fcm.")
    app_id: str | None


class EmailContent(Wire):
    """At least one of html and text."""

    subject: str = Field(description="Without line breaks.")
    html: str | None = None
    text: str | None = None


class SmsContent(Wire):
    text: str


class PushContent(Wire):
    title: str
    body: str
    data: dict[str, str] | None = Field(default=None, description="For the app, not shown.")


class _Delivery(Wire):
    delivery_id: UUID = Field(description="uuid5(executionId, namespace + ':' + userId + '/' + channel)")
    execution_id: UUID = Field(description="uuid5(CLARION_NAMESPACE, campaignId + '/' + requestId)")
    request_id: str
    campaign_id: str
    campaign_version: int = Field(description="The version that made it.")
    message_type: Literal["transactional", "marketing"]
    configuration: str = Field(description="Name of the channel configuration.")
    sender: dict[str, object] = Field(description="The channel configuration's settings.")
    recipient: DeliveryRecipient
    treatment: str | None = Field(
        default=None, description="Of the campaign's experiment; absent when the channel has no treatments."
    )
    locale: str = Field(description="In which the content is written.")
    test: Literal[True] | None = Field(
        default=None, description="Of a proof: send it, and count it nowhere. Absent otherwise."
    )
    created_at: AwareDatetime = Field(description="When it was decided, by the consumer's clock.")
    expires_at: AwareDatetime | None = Field(
        default=None,
        description="Do not send it at this time or later: the campaign has ended then, or the trigger is "
        "older than the campaign's maxAge.",
    )


class EmailDelivery(_Delivery):
    """One e-mail for one recipient, rendered, ready to send."""

    channel: Literal["email"]
    address: str
    content: EmailContent
    attachments: Attachments | None = Field(default=None, description="As the trigger gives them.")


class SmsDelivery(_Delivery):
    """One text message for one recipient, rendered, ready to send."""

    channel: Literal["sms"]
    address: str
    content: SmsContent


class PushDelivery(_Delivery):
    """One push message for one device, rendered, ready to send."""

    channel: Literal["push"]
    address: PushAddress
    content: PushContent


Delivery = Annotated[EmailDelivery | SmsDelivery | PushDelivery, Field(discriminator="channel")]

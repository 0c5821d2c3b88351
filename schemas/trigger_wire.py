"""The trigger as it is written on the wire: its shape, its limits."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, StringConstraints, with_config
from typing_extensions import TypedDict

from schemas.attachments import Attachments
from schemas.locale import LanguageTag
from schemas.namespace import Namespace

VALUE_BYTES_MAX = 1_000_000
CONTEXT_BYTES_MAX = 200_000
RECIPIENTS_MAX = 20

# Unicode category Cc; PostgreSQL refuses U+0000, and the others have no place in an id.
_NO_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f]*$"

TEXT_CHARACTERS_MAX = 255
Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_CHARACTERS_MAX, pattern=_NO_CONTROLS)]
"""A requestId or userId: 1 to 255 characters (code points), none of them a control character."""
NAME_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""A campaignId, or the name of a channel configuration."""

# A tolerant reader: unknown fields are ignored; but a type is what it says, and nothing is converted.
_TOLERANT = with_config(ConfigDict(strict=True, extra="ignore"))


@_TOLERANT
class PushInfoWire(TypedDict):
    token: NotRequired[str | None]
    platform: NotRequired[Annotated[str | None, Field(examples=["apns", "fcm"])]]
    appId: NotRequired[str | None]
    appID: NotRequired[Annotated[str | None, Field(description="As AJO's samples spell it; read as appId.")]]


@_TOLERANT
class ChannelDataWire(TypedDict):
    emailAddress: NotRequired[str | None]
    mobilePhoneNumber: NotRequired[str | None]
    pushInfo: NotRequired[PushInfoWire | None]


@_TOLERANT
class RecipientWire(TypedDict):
    type: NotRequired[
        Annotated[Literal["aep", "external"] | None, Field(description="external: without a stored profile.")]
    ]
    namespace: Annotated[Namespace, Field(description="Compared without case; written in lower case.")]
    userId: Text
    locale: NotRequired[
        Annotated[LanguageTag | None, Field(description="BCP 47; before the profile's preferredLanguage.")]
    ]
    channelData: NotRequired[ChannelDataWire | None]
    context: NotRequired[
        Annotated[dict[str, Any] | None, Field(description="Merged over the trigger's own context.")]
    ]
    profile: NotRequired[
        Annotated[dict[str, Any] | None, Field(description="Attributes for this message only, never stored.")]
    ]
    attachments: NotRequired[Attachments | None]


@_TOLERANT
class TriggerWire(TypedDict):
    """One request on a trigger topic: send this campaign to these recipients, with this context."""

    requestId: Text
    campaignId: Name
    context: NotRequired[
        Annotated[dict[str, Any] | None, Field(description="Shared by all recipients; never stored.")]
    ]
    recipients: Annotated[list[RecipientWire], Field(min_length=1, max_length=RECIPIENTS_MAX)]

"""The trigger: what a producer sends, read into what the rules work on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, cast

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from schemas.detail import bounded, enumerated
from schemas.ids import ExecutionId, execution_id
from schemas.json import JsonObject, MalformedJsonError, canonical, merge, read_json
from schemas.reasons import Reason

VALUE_BYTES_MAX = 1_000_000
CONTEXT_BYTES_MAX = 200_000
RECIPIENTS_MAX = 20

# Unicode category Cc; PostgreSQL refuses U+0000, and the others have no place in an id.
_NO_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f]*$"

Text = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=_NO_CONTROLS)]
"""A requestId or userId: 1 to 255 characters (code points), none of them a control character."""
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""A campaignId or namespace: no colon, so that `namespace:userId` is unambiguous."""

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
    namespace: Name
    userId: Text
    channelData: NotRequired[ChannelDataWire | None]
    context: NotRequired[
        Annotated[dict[str, Any] | None, Field(description="Merged over the trigger's own context.")]
    ]
    profile: NotRequired[
        Annotated[dict[str, Any] | None, Field(description="Attributes for this message only, never stored.")]
    ]


@_TOLERANT
class TriggerWire(TypedDict):
    """One request on a trigger topic: send this campaign to these recipients, with this context."""

    requestId: Text
    campaignId: Name
    context: NotRequired[
        Annotated[dict[str, Any] | None, Field(description="Shared by all recipients; never stored.")]
    ]
    recipients: Annotated[list[RecipientWire], Field(min_length=1, max_length=RECIPIENTS_MAX)]


@dataclass(frozen=True, slots=True)
class Recipient:
    namespace: str
    user_id: str
    external: bool
    """Without a stored profile (type `external`)."""
    channel_data: JsonObject
    profile: JsonObject
    """Attributes for this message only, never stored."""
    context: JsonObject
    """The trigger's context with the recipient's own merged over it, without the campaign's defaults."""

    @property
    def name(self) -> str:
        """`namespace:userId`, as outcomes and keys name a recipient."""
        return f"{self.namespace}:{self.user_id}"

    def canonical_content(self) -> bytes:
        """One spelling of all that the trigger gives for this recipient, to tell a repeat from a conflict."""
        return canonical([self.context, self.channel_data, self.profile])


@dataclass(frozen=True, slots=True)
class Trigger:
    request_id: str
    campaign_id: str
    execution_id: ExecutionId
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class UnreadableTrigger:
    """A record that rules 1 and 2 reject, with those of its ids that are themselves valid."""

    reason: Reason
    detail: str
    request_id: str | None = None
    campaign_id: str | None = None


_adapter = TypeAdapter(TriggerWire)
_text = TypeAdapter(Annotated[Text, Field(strict=True)])
_name = TypeAdapter(Annotated[Name, Field(strict=True)])


def read_trigger(value: bytes | None) -> Trigger | UnreadableTrigger:
    """Rules 1 and 2: the trigger in a record's value, or the first reason why there is none."""
    try:
        document = read_json(value)
    except MalformedJsonError as error:
        return UnreadableTrigger(Reason.MALFORMED, f"The value is not JSON that Clarion reads: {error}.")
    try:
        wire = _adapter.validate_python(document)
    except ValidationError as error:
        return _invalid(document, error)
    trigger = _trigger(wire)
    if fault := _fault_beyond_shape(trigger, wire, len(value or b"")):
        reason, detail = fault
        return UnreadableTrigger(reason, detail, trigger.request_id, trigger.campaign_id)
    return trigger


def _trigger(wire: TriggerWire) -> Trigger:
    shared = wire.get("context") or {}
    request_id, campaign_id = wire["requestId"], wire["campaignId"]
    return Trigger(
        request_id,
        campaign_id,
        execution_id(campaign_id, request_id),
        tuple(
            Recipient(
                namespace=recipient["namespace"],
                user_id=recipient["userId"],
                external=recipient.get("type") == "external",
                channel_data=_channel_data(recipient),
                profile=recipient.get("profile") or {},
                context=merge(shared, recipient.get("context") or {}),
            )
            for recipient in wire["recipients"]
        ),
    )


def _channel_data(recipient: RecipientWire) -> JsonObject:
    data = cast("JsonObject", recipient.get("channelData") or {})
    push = data.get("pushInfo")
    if isinstance(push, dict) and "appID" in push:
        push = {"appId": push["appID"], **push}
        del push["appID"]
        data = {**data, "pushInfo": push}
    return data


def _fault_beyond_shape(trigger: Trigger, wire: TriggerWire, size: int) -> tuple[Reason, str] | None:
    if size > VALUE_BYTES_MAX:
        return (
            Reason.TRIGGER_TOO_LARGE,
            f"The value has {size:,} bytes; at most {VALUE_BYTES_MAX:,} are allowed.",
        )
    seen: set[str] = set()
    for position, recipient in enumerate(trigger.recipients):
        if recipient.name in seen:
            return Reason.DUPLICATE_RECIPIENT, f"recipients[{position}] is named twice in this trigger."
        seen.add(recipient.name)
    contexts: list[tuple[str, Mapping[str, object] | None]] = [("context", wire.get("context"))]
    contexts += [
        (f"recipients[{n}].context", recipient.get("context"))
        for n, recipient in enumerate(wire["recipients"])
    ]
    for path, context in contexts:
        if "system" in (context or {}):
            return Reason.RESERVED_CONTEXT, f"{path}.system is reserved; use another name."
    return _too_large_context(trigger, size)


def _too_large_context(trigger: Trigger, size: int) -> tuple[Reason, str] | None:
    # A number can grow when it is written compactly (1e15 becomes 1000000000000000.0), nothing else does.
    if size * 6 <= CONTEXT_BYTES_MAX:
        return None
    for position, recipient in enumerate(trigger.recipients):
        if (length := len(canonical(recipient.context))) > CONTEXT_BYTES_MAX:
            return Reason.CONTEXT_TOO_LARGE, (
                f"recipients[{position}]: the merged context has {length:,} bytes; "
                f"at most {CONTEXT_BYTES_MAX:,} are allowed."
            )
    return None


def _invalid(document: object, error: ValidationError) -> UnreadableTrigger:
    violations = error.errors(include_url=False, include_input=False, include_context=False)
    detail = enumerated((f"{_path(violation['loc'])}: {violation['msg']}" for violation in violations), "; ")
    ids = document if isinstance(document, dict) else {}
    return UnreadableTrigger(
        Reason.INVALID,
        bounded(f"The value is not a trigger: {detail}."),
        _valid_or_none(_text, ids.get("requestId")),
        _valid_or_none(_name, ids.get("campaignId")),
    )


def _path(location: tuple[int | str, ...]) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return path.lstrip(".") or "the value"


def _valid_or_none(adapter: TypeAdapter[str], value: object) -> str | None:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None

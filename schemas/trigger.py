"""The trigger: what a producer sends, read into what the rules work on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, NamedTuple, cast

from pydantic import Field, TypeAdapter, ValidationError

from schemas.attachments import Attachment
from schemas.detail import bounded, enumerated
from schemas.ids import ExecutionId, execution_id
from schemas.json import (
    InvalidJsonError,
    JsonFault,
    JsonObject,
    MalformedJsonError,
    canonical,
    merge,
    read_json,
    without_nulls,
)
from schemas.locale import LanguageTag
from schemas.reasons import Reason
from schemas.trigger_wire import (
    CONTEXT_BYTES_MAX,
    VALUE_BYTES_MAX,
    ChannelDataWire,
    Name,
    RecipientWire,
    Text,
    TriggerWire,
)


class Recipient(NamedTuple):
    """One person the trigger names, with all that it gives for them.

    A tuple, as is all that is made for each trigger: a frozen dataclass takes three times as long to make.
    """

    namespace: str
    user_id: str
    external: bool
    """Without a stored profile (type `external`)."""
    channel_data: JsonObject
    profile: JsonObject
    """Attributes for this message only, never stored."""
    context: JsonObject
    """The trigger's context with the recipient's own merged over it, without the campaign's defaults."""
    locale: str | None = None
    """In lower case."""
    attachments: Sequence[Attachment] = ()

    @property
    def name(self) -> str:
        """`namespace:userId`, as outcomes and keys name a recipient."""
        return f"{self.namespace}:{self.user_id}"

    def canonical_content(self) -> bytes:
        """One spelling of all that the trigger gives for this recipient, by which repeats are recognised."""
        given: list[object] = [self.context, self.channel_data, self.profile]
        # Only where they are given: the content of all others is as it was before there were these members.
        if self.locale or self.attachments:
            given += [self.locale or "", self.attachments]
        return canonical(given)


class Trigger(NamedTuple):
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
    faults: Sequence[JsonFault] = ()
    """Each violation of the shape, for `invalid`: all that the detail may be too short for."""


_validator = TypeAdapter(TriggerWire).validator
_text = TypeAdapter(Annotated[Text, Field(strict=True)])
_name = TypeAdapter(Annotated[Name, Field(strict=True)])
_channel_data_wire = TypeAdapter(ChannelDataWire)
_locale = TypeAdapter(Annotated[LanguageTag, Field(strict=True)])


def read_trigger(value: bytes | None) -> Trigger | UnreadableTrigger:
    """Rules 1 and 2: the trigger in a record's value, or the first reason why there is none."""
    try:
        document = read_json(value)
    except MalformedJsonError as error:
        return UnreadableTrigger(Reason.MALFORMED, f"The value is not JSON that Clarion reads: {error}.")
    except InvalidJsonError as error:
        return _invalid(error.document, [*error.faults, *_violations(without_nulls(error.document))])
    try:
        wire: TriggerWire = _validator.validate_python(document)
    except ValidationError as error:
        return _invalid(document, faults_of(error))
    trigger = _trigger(wire)
    if fault := _fault_beyond_shape(trigger, wire, len(value or b"")):
        reason, detail = fault
        return UnreadableTrigger(reason, detail, trigger.request_id, trigger.campaign_id)
    return trigger


def _trigger(wire: TriggerWire) -> Trigger:
    request_id, campaign_id, shared = wire["requestId"], wire["campaignId"], wire.get("context") or {}
    recipients = tuple([_recipient(recipient, shared) for recipient in wire["recipients"]])
    return Trigger(request_id, campaign_id, execution_id(campaign_id, request_id), recipients)


def _recipient(wire: RecipientWire, shared: JsonObject) -> Recipient:
    return Recipient(
        wire["namespace"],
        wire["userId"],
        wire.get("type") == "external",
        _channel_data(wire.get("channelData") or {}),
        wire.get("profile") or {},
        merge(shared, wire.get("context") or {}),
        wire.get("locale"),
        wire.get("attachments") or (),
    )


def _channel_data(wire: ChannelDataWire) -> JsonObject:
    data = cast("JsonObject", wire)
    if (push := wire.get("pushInfo")) and "appID" in push:
        app_id = {"appId": push["appID"]}
        data["pushInfo"] = app_id | {name: member for name, member in push.items() if name != "appID"}
    return data


def read_channel_data(data: object) -> JsonObject:
    """A recipient's channelData by itself. Raises ValueError."""
    if type(data) is dict and len(data) == 1 and type(data.get("emailAddress")) is str:
        return data
    return _channel_data(_channel_data_wire.validate_python(data))


@lru_cache(maxsize=256)
def read_locale(locale: str) -> str:
    """A recipient's locale by itself. Raises ValueError."""
    return _locale.validate_python(locale)


def _fault_beyond_shape(trigger: Trigger, wire: TriggerWire, size: int) -> tuple[Reason, str] | None:
    if size > VALUE_BYTES_MAX:
        detail = f"The value has {size:,} bytes; at most {VALUE_BYTES_MAX:,} are allowed."
        return Reason.TRIGGER_TOO_LARGE, detail
    if len(trigger.recipients) > 1 and (position := _repeated(trigger.recipients)):
        return Reason.DUPLICATE_RECIPIENT, f"recipients[{position}] is named twice in this trigger."
    for position, recipient in enumerate(trigger.recipients):
        if "system" in recipient.context:
            path = "context" if "system" in (wire.get("context") or {}) else f"recipients[{position}].context"
            return Reason.RESERVED_CONTEXT, f"{path}.system is reserved; use another name."
    return _too_large_context(trigger, size)


def _repeated(recipients: tuple[Recipient, ...]) -> int | None:
    """The position of the first recipient that was named before."""
    seen: set[str] = set()
    for position, recipient in enumerate(recipients):
        if recipient.name in seen:
            return position
        seen.add(recipient.name)
    return None


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


def _invalid(document: object, faults: Sequence[JsonFault]) -> UnreadableTrigger:
    detail = enumerated((f"{fault.path}: {fault.problem}" for fault in faults), "; ")
    ids = document if isinstance(document, dict) else {}
    # An id that is given twice is two ids, neither of them the trigger's.
    doubtful = {fault.path for fault in faults}
    return UnreadableTrigger(
        Reason.INVALID,
        bounded(f"The value is not a trigger: {detail}."),
        None if "requestId" in doubtful else valid_or_none(_text, ids.get("requestId")),
        None if "campaignId" in doubtful else valid_or_none(_name, ids.get("campaignId")),
        faults,
    )


def _violations(document: object) -> Sequence[JsonFault]:
    """What else is wrong with a document that is invalid already."""
    try:
        _validator.validate_python(document)
    except ValidationError as error:
        return faults_of(error)
    return ()


def faults_of(error: ValidationError) -> Sequence[JsonFault]:
    """Each violation with its path."""
    violations = error.errors(include_url=False, include_input=False, include_context=False)
    return [
        JsonFault(_path(violation["loc"]), violation["msg"].removeprefix("Value error, "))
        for violation in violations
    ]


def _path(location: tuple[int | str, ...]) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return path.lstrip(".") or "the value"


def valid_or_none(adapter: TypeAdapter[str], value: object) -> str | None:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None

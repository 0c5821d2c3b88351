"""Rules 1 to 8 for triggers of the common shape."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from consumer.kafka.record import Record
from consumer.rules.decide import is_too_old
from consumer.triggers.call import moment
from consumer.triggers.express.forms import Form, Forms
from schemas.dead_letter import PREFIX
from schemas.json import JsonObject, merge, read_json
from schemas.trigger import Recipient, read_channel_data, read_locale
from schemas.trigger_wire import CONTEXT_BYTES_MAX, RECIPIENTS_MAX, RecipientWire, TriggerWire

_BYTES_MAX: Final = CONTEXT_BYTES_MAX // 6
"""A value in which no context can be too large."""
_TEXT_MAX: Final = 255
_READ: Final = {"type", "namespace", "userId", "locale", "channelData", "context", "profile"}
_UNREAD: Final = RecipientWire.__annotations__.keys() - _READ
_UNREAD_ABOVE: Final = TriggerWire.__annotations__.keys() - {
    "requestId",
    "campaignId",
    "context",
    "recipients",
}
_NOTHING: Final[JsonObject] = {}


class Item(NamedTuple):
    """A trigger that has passed rules 1 to 8."""

    record: Record
    form: Form
    request_id: str
    received_at: datetime
    recipients: list[Recipient]


def read(record: Record, forms: Forms) -> Item | None:
    """The trigger in a record; None or any exception where that is not certain."""
    value = record.value
    if value is None or len(value) > _BYTES_MAX or (record.headers and _may_be_replay(record)):
        return None
    document: Any = read_json(value)
    form, request_id = forms[document["campaignId"]], document["requestId"]
    if (
        form is None
        or type(request_id) is not str
        or not 0 < len(request_id) <= _TEXT_MAX
        or not request_id.isprintable()
    ):
        return None
    if _UNREAD_ABOVE and not _UNREAD_ABOVE.isdisjoint(document):
        return None
    campaign, received_at = form.campaign, moment(record.timestamp)
    if campaign.max_age is not None and is_too_old(campaign, received_at, forms.now):
        return None
    recipients = _recipients(document["recipients"], form, document.get("context", _NOTHING))
    if recipients is None:
        return None
    return Item(record, form, request_id, received_at, recipients)


def _may_be_replay(record: Record) -> bool:
    return any(name.startswith(PREFIX) for name, _ in record.headers)


def _recipients(wires: object, form: Form, shared: object) -> list[Recipient] | None:
    if type(wires) is not list or not 0 < len(wires) <= RECIPIENTS_MAX or type(shared) is not dict:
        return None
    found: list[Recipient] = []
    for wire in wires:
        if (recipient := _recipient(wire, form, shared)) is None:
            return None
        found.append(recipient)
    if len(found) > 1 and len({recipient.user_id for recipient in found}) < len(found):
        return None
    return found


def _recipient(wire: Mapping[str, Any], form: Form, shared: JsonObject) -> Recipient | None:
    get = wire.get
    user_id, namespace, kind = wire["userId"], wire["namespace"], get("type")
    context, profile, data = get("context", _NOTHING), get("profile", _NOTHING), get("channelData")
    if not (
        type(user_id) is str
        # Refuses more than control characters, in a tenth of the time that the search for them takes.
        and 0 < len(user_id) <= _TEXT_MAX
        and user_id.isprintable()
        and (kind == "external" or (form.takes_stored and (kind is None or kind == "aep")))
        and (namespace == form.namespace or _folded(namespace) == form.namespace)
        and type(context) is dict
        and type(profile) is dict
        and _UNREAD.isdisjoint(wire)
    ):
        return None
    if shared:
        context = merge(shared, context)
    if "system" in context:
        return None
    locale = get("locale")
    return Recipient(
        form.namespace,
        user_id,
        kind == "external",
        _NOTHING if data is None else read_channel_data(data),
        profile,
        context,
        None if locale is None else read_locale(locale),
    )


def _folded(namespace: str) -> str | None:
    return namespace.lower() if namespace.isascii() else None

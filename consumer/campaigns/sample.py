"""A sample trigger for a campaign, made up from the variables that its templates use. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from consumer.campaigns.variables import Variable, variables_of
from consumer.template.names import ANY_KEY, Key, Path
from consumer.template.usage_kinds import Kind
from schemas.campaign import CampaignFile
from schemas.channel import Channel
from schemas.json import JsonObject, merge
from schemas.namespace import ADDRESS_NAMESPACE

_MEMBER: Final = "key"
"""Stands for any member of an object that a template goes through."""
_LINK: Final = re.compile(r"(?:ur[li]|link|href)$", re.IGNORECASE)
_MONEY: Final = re.compile(r"price|amount|total|cost|sum", re.IGNORECASE)
_USER_ID: Final = {"email": "alice@example.com", "phone": "+12025550142"}
_CHANNEL_DATA: Final[Mapping[Channel, JsonObject]] = {
    Channel.EMAIL: {"emailAddress": "alice@example.com"},
    Channel.SMS: {"mobilePhoneNumber": "+12025550142"},
    Channel.PUSH: {"pushInfo": {"token": "sample-token", "platform": "apns", "appId": "com.acme.app"}},
}


def sample_trigger(file: CampaignFile, request_id: str = "sample-1") -> JsonObject:
    """A trigger that the campaign can execute, with every variable that its templates use.

    Values fit what the templates do with them; what the campaign's own context gives is given as it is there.
    Best effort for lists (one item each) and for what a template works out.
    """
    external = file.lane == "high-throughput"
    given = made_up(variables_of(file))
    recipient: JsonObject = {
        "type": "external" if external else "aep",
        "namespace": file.namespace,
        "userId": _USER_ID.get(file.namespace, "sample-1"),
        "channelData": _channel_data(file),
        "context": _with_defaults(given.get("context"), file.context),
        # A stored profile brings its own; what the trigger gave would hide it.
        "profile": given.get("profile") if external or file.create_profiles else None,
    }
    filled = {key: value for key, value in recipient.items() if value}
    return {"requestId": request_id, "campaignId": file.id, "recipients": [filled]}


def sample_variables(file: CampaignFile, variables: Mapping[Path, Variable]) -> Mapping[str, object]:
    """What the templates are rendered with for that trigger, all of a profile included."""
    given = made_up(variables)
    return {
        "context": merge(
            file.context, cast("JsonObject", _with_defaults(given.get("context"), file.context) or {})
        ),
        "profile": given.get("profile", {}),
        "recipient": {"namespace": file.namespace, "userId": _USER_ID.get(file.namespace, "sample-1")},
    }


def made_up(variables: Mapping[Path, Variable]) -> JsonObject:
    """Nested objects and lists in which each path leads to a value: context.resetUrl to a URL."""
    tree: dict[Key, Any] = {}
    for path in variables:
        node = tree
        for key in path:
            node = node.setdefault(key, {})
    return {str(root): _value((root,), below, variables) for root, below in tree.items()}


def _value(path: Path, below: Mapping[Key, Any], variables: Mapping[Path, Variable]) -> object:
    if 0 in below:
        return [_value((*path, 0), below[0], variables)]
    if below:
        members = {_MEMBER if key == ANY_KEY else str(key): key for key in below}
        return {name: _value((*path, key), below[key], variables) for name, key in members.items()}
    return leaf_value(path, variables.get(path) or Variable(path))


def leaf_value(path: Path, variable: Variable) -> object:
    """A value that fits what is done with the variable: else its own name, as a text."""
    name = next(key for key in reversed(path) if isinstance(key, str) and key != ANY_KEY)
    kinds = variable.kinds
    if constant := next((each for each in variable.constants if not isinstance(each, bool)), None):
        return constant
    values: Mapping[Kind, object] = {
        "integer": 2,
        "number": 19.9 if _MONEY.search(name) else 2,
        "numeric": 2,
        "object": {_MEMBER: name},
        "list": [name],
        "text": name,
        "sized": name,
        "flag": True,
    }
    kind: Kind = next((kind for kind in values if kind in kinds), "text")
    return f"https://example.com/{name}" if values[kind] == name and _LINK.search(name) else values[kind]


def _channel_data(file: CampaignFile) -> JsonObject:
    data: JsonObject = {}
    for channel in file.channels.used():
        if ADDRESS_NAMESPACE.get(channel) != file.namespace:
            data |= _CHANNEL_DATA[channel]
    return data


def _with_defaults(wanted: object, defaults: object) -> object:
    """What is wanted, with the campaign's own values where it has them."""
    if not isinstance(wanted, dict) or not isinstance(defaults, Mapping):
        return wanted if defaults is None else defaults
    return {key: _with_defaults(value, defaults.get(key)) for key, value in wanted.items()}

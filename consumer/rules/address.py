"""Addresses: where each channel finds one, whether it can be used, and when two are the same."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from consumer.rules.outcome import Address
from schemas.channel import Channel
from schemas.json import JsonObject
from schemas.namespace import ADDRESS_NAMESPACE
from schemas.trigger import Recipient

# HTML's input type=email: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
_EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+"
    r"@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)
# As people write them, +46 70 123 45 67 or 111-111-1111: 3 to 20 digits.
_TELEPHONE = re.compile(r"[ +().-]*(?:[0-9][ +().-]*){3,20}")
_TELEPHONE_PUNCTUATION = str.maketrans("", "", " ().-")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Finding = Callable[[JsonObject], object]


def find_address(channel: Channel, recipient: Recipient, attributes: JsonObject) -> object:
    """What the trigger's channelData gives, else the profile, else a userId that is an address; None if none.

    What is found may be unusable: a wrong address in channelData is not replaced by the profile's.
    """
    given, kept = _PLACES[channel]
    found = given(recipient.channel_data)
    # The trigger's own profile first: under `person` it still wins over a stored one that is not.
    for profile in (recipient.profile, attributes):
        if found is None and profile:
            found = kept(profile)
            if found is None and isinstance(person := profile.get("person"), dict):
                found = kept(person)
    if found is None and recipient.namespace == ADDRESS_NAMESPACE.get(channel):
        return recipient.user_id
    return found


def usable(channel: Channel, found: object) -> Address | None:
    """The address if the channel can use it, unchanged; else None."""
    if channel is Channel.PUSH:
        return _push_address(found)
    pattern = _EMAIL if channel is Channel.EMAIL else _TELEPHONE
    return found if isinstance(found, str) and pattern.fullmatch(found) else None


def suppression_key(channel: Channel, address: Address) -> str:
    """One spelling for addresses that reach the same person."""
    if channel is Channel.EMAIL:
        return str(address).lower()
    if channel is Channel.SMS:
        return str(address).translate(_TELEPHONE_PUNCTUATION)
    return str(address["token"] if isinstance(address, dict) else address)


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and value else None


def _with_token(value: object) -> object:
    return value if _member(value, "token") is not None else None


_PLACES: Final[Mapping[Channel, tuple[Finding, Finding]]] = {
    Channel.EMAIL: (
        lambda data: data.get("emailAddress"),
        lambda profile: _member(profile.get("personalEmail"), "address"),
    ),
    Channel.SMS: (
        lambda data: data.get("mobilePhoneNumber"),
        lambda profile: _member(profile.get("mobilePhone"), "number"),
    ),
    Channel.PUSH: (
        lambda data: _with_token(data.get("pushInfo")),
        lambda profile: _with_token(_first(profile.get("pushNotificationDetails"))),
    ),
}
"""Where a channel's address stands in channelData, and where in a profile or under its `person`."""


def _push_address(found: object) -> Address | None:
    token = _member(found, "token")
    if not isinstance(token, str) or not token or _CONTROLS.search(token):
        return None
    app_id = _text(_member(found, "appId")) or _text(_member(found, "appID"))
    platform = _text(_member(found, "platform"))
    if _CONTROLS.search(app_id or "") or _CONTROLS.search(platform or ""):
        return None
    return {"token": token, "platform": platform, "appId": app_id}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None

"""Addresses: where each channel finds one, and whether it can be used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from consumer.rules.email_address import ascii_email, email_problem
from consumer.rules.outcome import Address
from consumer.rules.push_address import first_fitting, push_problem, tokens_of, usable_push
from consumer.rules.telephone import is_telephone_number, telephone_problem
from schemas.channel import Channel
from schemas.json import JsonObject
from schemas.namespace import ADDRESS_NAMESPACE
from schemas.trigger import Recipient


@dataclass(frozen=True, slots=True)
class Unusable:
    """What is wrong with an address; it never quotes it, which is personal data."""

    problem: str
    """Continues "The address ..."."""


def find_address(
    channel: Channel, recipient: Recipient, attributes: JsonObject, sender: JsonObject
) -> object:
    """What the trigger's channelData gives, else the profile, else a userId that is an address; None if none.

    What is found may be unusable: a wrong address in channelData is not replaced by the profile's.
    `sender` is the channel configuration's, which a profile's push token must fit.
    """
    given, kept = _PLACES[channel]
    found = given(recipient.channel_data)
    # The trigger's own profile first: under `person` it still wins over a stored one that is not.
    for profile in (recipient.profile, attributes):
        if found is None and profile:
            found = kept(profile, sender)
    if found is None and recipient.namespace == ADDRESS_NAMESPACE.get(channel):
        return recipient.user_id
    return found


def read_address(channel: Channel, found: object) -> Address | Unusable:
    """The address as it is sent: unchanged, but for the domain of an e-mail address, which is in punycode."""
    if channel is Channel.PUSH:
        return usable_push(found) or Unusable(push_problem(found))
    if not isinstance(found, str):
        return Unusable("is not text")
    if channel is Channel.SMS:
        return found if is_telephone_number(found) else Unusable(telephone_problem(found))
    return ascii_email(found) or Unusable(email_problem(found))


def _attribute(attribute: str, name: str) -> Callable[[JsonObject, JsonObject], object]:
    """Reads the member of an attribute, which AJO's samples put under the profile's `person`."""

    def read(profile: JsonObject, _: JsonObject) -> object:
        for holder in (profile, profile.get("person")):
            value = holder.get(attribute) if isinstance(holder, dict) else None
            if isinstance(value, dict) and value.get(name) is not None:
                return value[name]
        return None

    return read


def _given_token(data: JsonObject) -> object:
    push = data.get("pushInfo")
    return push if isinstance(push, dict) and push.get("token") is not None else None


_PLACES: Final[
    Mapping[Channel, tuple[Callable[[JsonObject], object], Callable[[JsonObject, JsonObject], object]]]
] = {
    Channel.EMAIL: (lambda data: data.get("emailAddress"), _attribute("personalEmail", "address")),
    Channel.SMS: (lambda data: data.get("mobilePhoneNumber"), _attribute("mobilePhone", "number")),
    Channel.PUSH: (_given_token, lambda profile, sender: first_fitting(tokens_of(profile), sender)),
}
"""Where a channel's address stands in channelData, and where in a profile."""

"""What the design says becomes of a recipient, written down once more for the campaigns of the proof.

It knows only what the workload uses, and nothing of how the engine does it.
"""

from collections.abc import Iterator

from proof.workload import people
from proof.workload.campaigns import Campaign
from proof.workload.request import Json, Message, Outcome, delivery_id


def expected_outcomes(campaign: Campaign, execution: str, trigger: Json) -> tuple[Outcome, ...]:
    """The outcomes of a trigger that is not rejected as a whole, in their order."""
    note = trigger["context"].get("note")
    return tuple(
        outcome
        for recipient in trigger["recipients"]
        for outcome in _of_recipient(campaign, execution, recipient, note)
    )


def created_people(campaign: Campaign, trigger: Json) -> frozenset[str]:
    """The names of those who are known at the latest after this trigger, and were not imported."""
    return frozenset(
        _name(recipient)
        for recipient in trigger["recipients"]
        if campaign.creates_profiles
        and recipient["namespace"] == "email"
        and not people.is_known(recipient["userId"])
    )


def _name(recipient: Json) -> str:
    return f"{recipient['namespace']}:{recipient['userId']}"


def _of_recipient(campaign: Campaign, execution: str, recipient: Json, note: str | None) -> Iterator[Outcome]:
    if recipient["namespace"] != "email":
        yield Outcome(_name(recipient), None, "rejection", "namespace_mismatch")
    elif not campaign.creates_profiles and not people.is_known(recipient["userId"]):
        yield Outcome(_name(recipient), None, "rejection", "unknown_profile")
    else:
        for channel in campaign.channels:
            yield _on_channel(campaign, execution, recipient, channel, note)


def _on_channel(
    campaign: Campaign, execution: str, recipient: Json, channel: str, note: str | None
) -> Outcome:
    name, user_id, address = _name(recipient), recipient["userId"], _address(recipient, channel)
    if campaign.is_marketing and not (people.is_known(user_id) and people.is_willing(user_id)):
        return Outcome(name, channel, "exclusion", "no_consent")
    if address is None:
        return Outcome(name, channel, "rejection", "missing_address")
    if address == "nowhere":
        return Outcome(name, channel, "rejection", "invalid_address")
    if channel == "email" and people.is_suppressed(user_id):
        return Outcome(name, channel, "exclusion", "suppressed")
    if note is None:
        return Outcome(name, channel, "rejection", "missing_context")
    id_, content = delivery_id(execution, name, channel), _content(channel, note, user_id)
    return Outcome(name, channel, "delivery", message=Message(id_, name, channel, address, content))


def _address(recipient: Json, channel: str) -> str | Json | None:
    data = recipient.get("channelData", {})
    match channel:
        case "email":
            address: str = data.get("emailAddress", recipient["userId"])
            return address
        case "sms":
            number: str | None = data.get("mobilePhoneNumber")
            return number
        case _:
            push: Json | None = data.get("pushInfo")
            return push


def _content(channel: str, note: str, user_id: str) -> Json:
    line = f"{note} for {user_id}"
    match channel:
        case "email":
            return {"subject": note, "text": line}
        case "sms":
            return {"text": line}
        case _:
            return {"title": note, "body": line}

"""Rules 10 to 12 for what was read, and the records that go out for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import orjson

from consumer.kafka.record import Outgoing
from consumer.kafka.topics import DELIVERY_BYTES_MAX
from consumer.rules.address import Unusable, find_address, read_address
from consumer.rules.compose import CONTENT_BYTES_MAX, content_for, delivery_content
from consumer.rules.decide import no_consent
from consumer.rules.outcome import UNKNOWN, Address, Profile
from consumer.store.work import Identity, StoredProfile
from consumer.template.render import Rendered, render_bounded, render_straight
from consumer.triggers.express.forms import Form
from consumer.triggers.express.names import Names
from consumer.triggers.express.read import Item
from consumer.triggers.form import DeliveryForm, Head, Message, delivered, execution_value, text
from consumer.triggers.publish import headers_for
from consumer.triggers.terms import Terms
from schemas.channel import Channel
from schemas.ids import DeliveryId
from schemas.json import JsonObject, merge
from schemas.trigger import Recipient


class Sent(NamedTuple):
    """A delivery that is made."""

    id: DeliveryId
    recipient: Recipient
    channel: Channel
    address: Address


class Made(NamedTuple):
    """All that comes of a trigger: a delivery for each of its recipients on each channel."""

    item: Item
    outgoing: list[Outgoing]
    sent: list[Sent]
    """Only where deliveries are claimed."""
    size: int
    """Bytes of the deliveries."""
    valid_until: datetime | None


def make(
    item: Item, names: Names, profiles: Mapping[Identity, StoredProfile], terms: Terms, now: datetime
) -> Made | None:
    """None or any exception where something else comes of it, or may."""
    record, form, request_id, received_at, recipients = item
    execution, ids = names
    id_of, campaign = iter(ids), form.campaign
    end = campaign.expires_at(received_at)
    head: Head = execution, orjson.dumps(request_id), record, received_at, now, end
    outgoing: list[Outgoing] = []
    sent: list[Sent] = []
    outcomes: list[str] = []
    size = 0
    for recipient in recipients:
        profile_id, profile, attributes = None, UNKNOWN, recipient.profile
        if not recipient.external:
            stored = profiles[form.namespace, recipient.user_id]
            profile_id, profile = stored.id, Profile(stored.attributes, stored.consents)
            attributes = merge(stored.attributes, attributes) if attributes else stored.attributes
        name = f"{form.namespace}:{recipient.user_id}"
        key, name_text = name.encode(), text(name)
        for channel in form.channels:
            plan = channel.plan
            if form.asks_consent and no_consent(
                campaign, plan, recipient, profile, terms.policy.consent_default
            ):
                return None
            message = _message(form, channel, recipient, attributes)
            if message is None:
                return None
            id_ = next(id_of)
            value = channel.value(head, id_, recipient, profile_id, message)
            if len(value) > DELIVERY_BYTES_MAX:
                return None
            size += len(value)
            headers = headers_for(record, channel.headers) if record.headers else channel.headers
            outgoing.append(Outgoing(channel.topic, key, value, headers))
            outcomes.append(delivered(name_text, plan.channel, id_))
            if form.takes_stored:
                sent.append(Sent(id_, recipient, plan.channel, message[0]))
    value = execution_value(head, campaign.id, campaign.version, 1, outcomes)
    outgoing.append(terms.publisher.execution_record(record, execution, value))
    return Made(item, outgoing, sent, size, end)


def _message(
    form: Form, channel: DeliveryForm, recipient: Recipient, attributes: JsonObject
) -> Message | None:
    """Rules 11 and 12, but for the lists of addresses."""
    plan, lower, context = channel.plan, form.campaign.context, recipient.context
    found = find_address(plan.channel, recipient, attributes, plan.sender)
    if found is None:
        return None
    address = read_address(plan.channel, found)
    content = content_for(form.campaign, plan, recipient.locale, attributes)
    if content is None or isinstance(address, Unusable):
        return None
    variables = {
        "context": merge(lower, context) if lower else context,
        "profile": attributes,
        "recipient": {"namespace": form.namespace, "userId": recipient.user_id},
    }
    parts = render_straight(content.message, variables, CONTENT_BYTES_MAX)
    if parts is None:
        rendered = render_bounded(content.message, variables, max_bytes=CONTENT_BYTES_MAX)
        if not isinstance(rendered, Rendered):
            return None
        parts = rendered.parts
    return address, content.locale, delivery_content(plan.channel, parts)

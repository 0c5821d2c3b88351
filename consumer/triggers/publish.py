"""What an execution puts on the topics: records, their keys and headers."""

from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from consumer.kafka.record import Headers, Outgoing, Record
from consumer.kafka.topics import Topics
from consumer.rules.campaign import Campaign, CampaignChannel
from consumer.rules.outcome import Delivery
from consumer.triggers.execution import Accepted, Execution
from consumer.triggers.form import FORMS_MAX, DeliveryForm, execution_value, outcome_text
from consumer.triggers.letter import dead_letters
from schemas import names
from schemas.channel import Channel
from schemas.dead_letter import SCHEMA
from schemas.delivery import timestamp
from schemas.ids import ExecutionId, execution_id
from schemas.profile import INTERACTIVE_MESSAGING
from schemas.trigger import Recipient, Trigger


def _schema(name: str) -> Headers:
    return [("content-type", b"application/json"), (SCHEMA, name.encode())]


_EXECUTION_HEADERS: Final = _schema(names.EXECUTION)
_PROFILE_CREATED_HEADERS: Final = _schema(names.PROFILE_CREATED)
_DELIVERY_HEADERS: Final[Mapping[Channel, Headers]] = {c: _schema(name) for c, name in names.DELIVERY.items()}


class Publisher:
    """Encodes for one installation's topics."""

    def __init__(self, topics: Topics) -> None:
        self._executions = topics.executions
        self._profiles_created = topics.profiles_created
        self._dead_letters = topics.dead_letters
        self._deliveries = {channel: topics.deliveries(channel) for channel in Channel}
        self._forms: dict[int, DeliveryForm] = {}
        """By the identity of the campaign's channel."""

    def delivery(self, accepted: Accepted, delivery: Delivery, profile_id: str | None) -> Outgoing:
        """Keyed by the person, so that one person's messages keep their order."""
        trigger, campaign, execution, _ = accepted
        form, call = self.form(campaign, delivery.plan), execution.call
        head = (
            trigger.execution_id,
            orjson.dumps(trigger.request_id),
            call.record,
            call.received_at,
            execution.now,
            campaign.expires_at(call.received_at),
        )
        id_, recipient, _, address, locale, content = delivery
        value = form.value(head, id_, recipient, profile_id, (address, locale, content))
        headers = headers_for(call.record, form.headers)
        return Outgoing(form.topic, recipient.name.encode(), value, headers)

    def form(self, campaign: Campaign, plan: CampaignChannel) -> DeliveryForm:
        """What all deliveries of that channel of the campaign share."""
        return self._forms.get(id(plan)) or self._new_form(campaign, plan)

    def _new_form(self, campaign: Campaign, plan: CampaignChannel) -> DeliveryForm:
        if len(self._forms) >= FORMS_MAX:
            self._forms.clear()
        channel = plan.channel
        form = DeliveryForm(campaign, plan, self._deliveries[channel], _DELIVERY_HEADERS[channel])
        self._forms[id(plan)] = form
        return form

    def profile_created(self, execution: Execution, recipient: Recipient, profile_id: str) -> Outgoing:
        call = execution.call
        value = {
            "profileId": profile_id,
            "namespace": recipient.namespace,
            "userId": recipient.user_id,
            "dataset": INTERACTIVE_MESSAGING,
            "campaignId": call.read.campaign_id,
            "requestId": call.read.request_id,
            "createdAt": timestamp(execution.now),
        }
        return Outgoing(
            self._profiles_created,
            recipient.name.encode(),
            orjson.dumps(value),
            headers_for(call.record, _PROFILE_CREATED_HEADERS),
        )

    def execution(self, execution: Execution) -> Outgoing | None:
        """What became of the trigger; None without valid ids to name it by."""
        call = execution.call
        read, record = call.read, call.record
        if read.request_id is None or read.campaign_id is None:
            return None
        id_ = (
            read.execution_id
            if isinstance(read, Trigger)
            else execution_id(read.campaign_id, read.request_id)
        )
        head = id_, orjson.dumps(read.request_id), record, call.received_at, execution.now, None
        version = execution.campaign.version if execution.campaign else None
        outcomes = map(outcome_text, execution.outcomes)
        value = execution_value(head, read.campaign_id, version, call.attempt, outcomes)
        return self.execution_record(record, id_, value)

    def execution_record(self, record: Record, id_: ExecutionId, value: bytes) -> Outgoing:
        """An execution's value as it goes out for that trigger."""
        return Outgoing(self._executions, id_.encode(), value, headers_for(record, _EXECUTION_HEADERS))

    def dead_letters(self, execution: Execution) -> Iterator[Outgoing]:
        """One of all that was rejected, and one of each message that is held."""
        return dead_letters(execution, self._dead_letters)


def headers_for(record: Record, own: Headers) -> Headers:
    """Those of a record that is made for a trigger: its own, and the trigger's traceparent."""
    if not record.headers:
        return own
    return [*own, *(header for header in record.headers if header[0] == "traceparent")]

"""What an execution puts on the topics: records, their keys and headers."""

from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from consumer.kafka.record import Headers, Outgoing
from consumer.kafka.topics import Topics
from consumer.rules.campaign import Campaign, CampaignChannel
from consumer.rules.outcome import Delivery, Exclusion, Held, Outcome
from consumer.triggers.call import Call
from consumer.triggers.execution import Accepted, Execution
from consumer.triggers.form import FORMS_MAX, DeliveryForm, instant, text
from consumer.triggers.letter import dead_letters
from schemas import names
from schemas.channel import Channel
from schemas.dead_letter import SCHEMA
from schemas.delivery import timestamp
from schemas.ids import execution_id
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
        form = self._forms.get(id(delivery.plan)) or self._new_form(campaign, delivery.plan)
        end = campaign.expires_at(execution.call.received_at)
        value = form.value(trigger, delivery, profile_id, execution.now, end)
        return Outgoing(
            form.topic, delivery.recipient.name.encode(), value, _headers(execution.call, form.headers)
        )

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
            _headers(call, _PROFILE_CREATED_HEADERS),
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
        version = execution.campaign.version if execution.campaign else "null"
        value = (
            f'{{"executionId":"{id_}","requestId":{text(read.request_id)},"campaignId":"{read.campaign_id}",'
            f'"campaignVersion":{version},"attempt":{call.attempt},'
            f'"source":{{"topic":"{record.topic}","partition":{record.partition},"offset":{record.offset}}},'
            f'"triggeredAt":{instant(call.received_at)},"executedAt":{instant(execution.now)},'
            f'"outcomes":[{",".join([_outcome(outcome) for outcome in execution.outcomes])}]}}'
        )
        return Outgoing(
            self._executions,
            id_.encode(),
            value.encode(),
            _headers(call, _EXECUTION_HEADERS),
        )

    def dead_letters(self, execution: Execution) -> Iterator[Outgoing]:
        """One of all that was rejected, and one of each message that is held."""
        return dead_letters(execution, self._dead_letters)


def _headers(call: Call, own: Headers) -> Headers:
    if not call.record.headers:
        return own
    return [*own, *(header for header in call.record.headers if header[0] == "traceparent")]


def _outcome(outcome: Outcome) -> str:
    if isinstance(outcome, Delivery):
        # A treatment's name needs no escaping.
        treatment = f',"treatment":"{outcome.plan.treatment}"' if outcome.plan.treatment else ""
        return (
            f'{{"recipient":{text(outcome.recipient.name)},"channel":"{outcome.plan.channel}",'
            f'"outcome":"delivery","deliveryId":"{outcome.delivery_id}"{treatment}}}'
        )
    recipient = f'"recipient":{text(outcome.recipient.name)},' if outcome.recipient else ""
    channel = f'"channel":"{outcome.channel}",' if outcome.channel else ""
    if isinstance(outcome, Held):
        release_at = f',"releaseAt":{instant(outcome.release_at)}'
        return f'{{{recipient}{channel}"outcome":"held","reason":"{outcome.reason}"{release_at}}}'
    if isinstance(outcome, Exclusion):
        detail = f',"detail":{text(outcome.detail)}' if outcome.detail else ""
        return f'{{{recipient}{channel}"outcome":"exclusion","reason":"{outcome.reason}"{detail}}}'
    return f'{{{recipient}{channel}"outcome":"rejection","reason":"{outcome.reason}"}}'

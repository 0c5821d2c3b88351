"""What a decided call puts on the topics: records, their keys and headers."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

import orjson

from consumer.kafka.record import Headers, Outgoing
from consumer.kafka.topics import Topics
from consumer.rules.outcome import Candidate, Delivery, Exclusion, Outcome
from consumer.triggers.call import Call
from consumer.triggers.letter import dead_letter
from schemas import names
from schemas.channel import Channel
from schemas.dead_letter import SCHEMA
from schemas.delivery import timestamp
from schemas.ids import execution_id
from schemas.json import JsonObject
from schemas.profile import INTERACTIVE_MESSAGING
from schemas.trigger import Recipient


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

    def delivery(self, call: Call, delivery: Delivery, profile_id: str | None, now: datetime) -> Outgoing:
        """Keyed by the person, so that one person's messages keep their order."""
        trigger, campaign = call.trigger, call.campaign
        assert trigger
        assert campaign
        recipient, plan, channel = delivery.recipient, delivery.plan, delivery.channel
        value: JsonObject = {
            "deliveryId": delivery.delivery_id,
            "executionId": trigger.execution_id,
            "requestId": trigger.request_id,
            "campaignId": campaign.id,
            "campaignVersion": campaign.version,
            "messageType": campaign.message_type,
            "channel": channel,
            "configuration": plan.configuration,
            "sender": plan.sender,
            "recipient": {
                "namespace": recipient.namespace,
                "userId": recipient.user_id,
                "profileId": profile_id,
            },
            "address": delivery.address,
            "locale": delivery.locale,
            "content": delivery.content,
            "createdAt": _timestamp(now),
        }
        if expires_at := campaign.expires_at(call.received_at):
            value["expiresAt"] = _timestamp(expires_at)
        if recipient.attachments and channel is Channel.EMAIL:
            value["attachments"] = recipient.attachments
        return Outgoing(
            self._deliveries[channel],
            recipient.name.encode(),
            orjson.dumps(value),
            _headers(call, _DELIVERY_HEADERS[channel]),
        )

    def profile_created(self, call: Call, recipient: Recipient, profile_id: str, now: datetime) -> Outgoing:
        value = {
            "profileId": profile_id,
            "namespace": recipient.namespace,
            "userId": recipient.user_id,
            "dataset": INTERACTIVE_MESSAGING,
            "campaignId": call.campaign_id,
            "requestId": call.request_id,
            "createdAt": _timestamp(now),
        }
        return Outgoing(
            self._profiles_created,
            recipient.name.encode(),
            orjson.dumps(value),
            _headers(call, _PROFILE_CREATED_HEADERS),
        )

    def execution(self, call: Call, now: datetime) -> Outgoing | None:
        """What became of the call; None without valid ids to tell it by."""
        request, campaign = call.request_id, call.campaign_id
        if request is None or campaign is None:
            return None
        trigger, record = call.trigger, call.record
        execution = trigger.execution_id if trigger else execution_id(campaign, request)
        value = {
            "executionId": execution,
            "requestId": request,
            "campaignId": campaign,
            "campaignVersion": call.campaign.version if call.campaign else None,
            "attempt": call.attempt,
            "source": {"topic": record.topic, "partition": record.partition, "offset": record.offset},
            "triggeredAt": _timestamp(call.received_at),
            "executedAt": _timestamp(now),
            "outcomes": [
                _outcome(outcome) for outcome in call.outcomes if not isinstance(outcome, Candidate)
            ],
        }
        return Outgoing(
            self._executions,
            execution.encode(),
            orjson.dumps(value),
            _headers(call, _EXECUTION_HEADERS),
        )

    def dead_letter(self, call: Call, now: datetime) -> Outgoing | None:
        """The original record with headers that say why; None if nothing was rejected."""
        return dead_letter(call, self._dead_letters, now)


# One batch has one time of decision, and records that were produced together have one timestamp.
_timestamp = lru_cache(maxsize=256)(timestamp)


def _headers(call: Call, own: Headers) -> Headers:
    if not call.record.headers:
        return own
    return [*own, *(header for header in call.record.headers if header[0] == "traceparent")]


def _outcome(outcome: Outcome) -> JsonObject:
    if isinstance(outcome, Delivery):
        return {
            "recipient": outcome.recipient.name,
            "channel": outcome.channel,
            "outcome": "delivery",
            "deliveryId": outcome.delivery_id,
        }
    told: JsonObject = {}
    if outcome.recipient is not None:
        told["recipient"] = outcome.recipient.name
    if outcome.channel is not None:
        told["channel"] = outcome.channel
    told["outcome"] = "exclusion" if isinstance(outcome, Exclusion) else "rejection"
    told["reason"] = outcome.reason
    return told

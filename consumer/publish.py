"""What a decided call puts on the topics: records, their keys and headers."""

from dataclasses import dataclass
from datetime import datetime

import orjson

from consumer.batch import Headers, Outgoing, Record
from consumer.call import Call
from consumer.outcome import Candidate, Delivery, Exclusion, Outcome, Rejection
from consumer.topics import TRIGGER_RECORD_BYTES_MAX, Topics
from schemas import dead_letter, names
from schemas.channel import Channel
from schemas.delivery import timestamp
from schemas.detail import bounded
from schemas.ids import execution_id
from schemas.json import JsonObject
from schemas.profile import INTERACTIVE_MESSAGING
from schemas.trigger import Recipient

# A topic's limit is on what lies there, often compressed; unpacked it can be larger than any topic takes.
_LEFT_OUT = " It is too large for this topic: value and headers are left out, and are still at its origin."
_JSON = ("content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class Publisher:
    """Encodes for one installation's topics."""

    topics: Topics

    def delivery(self, call: Call, delivery: Delivery, profile_id: str | None, now: datetime) -> Outgoing:
        """Keyed by the person, so that one person's messages keep their order."""
        trigger, campaign = call.trigger, call.campaign
        assert trigger
        assert campaign
        recipient = delivery.recipient
        value = {
            "deliveryId": delivery.delivery_id,
            "executionId": trigger.execution_id,
            "requestId": trigger.request_id,
            "campaignId": campaign.id,
            "campaignVersion": campaign.version,
            "messageType": campaign.message_type,
            "channel": delivery.channel,
            "configuration": delivery.plan.configuration,
            "sender": delivery.plan.sender,
            "recipient": {
                "namespace": recipient.namespace,
                "userId": recipient.user_id,
                "profileId": profile_id,
            },
            "address": delivery.address,
            "locale": delivery.locale,
            "content": delivery.content,
            "createdAt": timestamp(now),
        }
        topic = self.topics.deliveries(delivery.channel)
        return Outgoing(
            topic,
            recipient.name.encode(),
            orjson.dumps(value),
            _headers(call, names.DELIVERY[delivery.channel]),
        )

    def profile_created(self, call: Call, recipient: Recipient, profile_id: str, now: datetime) -> Outgoing:
        value = {
            "profileId": profile_id,
            "namespace": recipient.namespace,
            "userId": recipient.user_id,
            "dataset": INTERACTIVE_MESSAGING,
            "campaignId": call.campaign_id,
            "requestId": call.request_id,
            "createdAt": timestamp(now),
        }
        return Outgoing(
            self.topics.profiles_created,
            recipient.name.encode(),
            orjson.dumps(value),
            _headers(call, names.PROFILE_CREATED),
        )

    def execution(self, call: Call, now: datetime) -> Outgoing | None:
        """What became of the call; None without valid ids to tell it by."""
        if call.request_id is None or call.campaign_id is None:
            return None
        trigger, record = call.trigger, call.record
        execution = trigger.execution_id if trigger else execution_id(call.campaign_id, call.request_id)
        value = {
            "executionId": execution,
            "requestId": call.request_id,
            "campaignId": call.campaign_id,
            "campaignVersion": call.campaign.version if call.campaign else None,
            "attempt": call.origin.attempt,
            "source": {"topic": record.topic, "partition": record.partition, "offset": record.offset},
            "triggeredAt": timestamp(call.received_at),
            "executedAt": timestamp(now),
            "outcomes": [
                _outcome(outcome) for outcome in call.outcomes if not isinstance(outcome, Candidate)
            ],
        }
        return Outgoing(
            self.topics.executions,
            execution.encode(),
            orjson.dumps(value),
            _headers(call, names.EXECUTION),
        )

    def dead_letter(self, call: Call, now: datetime) -> Outgoing | None:
        """The original record with headers that say why; None if nothing was rejected."""
        rejections = [outcome for outcome in call.outcomes if isinstance(outcome, Rejection)]
        if not rejections:
            return None
        record = call.record
        kept = [(name, value) for name, value in record.headers if not name.startswith(dead_letter.PREFIX)]
        why = _why(call, rejections, now)
        value: bytes | None = record.value
        if call.leaves_original_out or _size(record) > TRIGGER_RECORD_BYTES_MAX:
            why, kept, value = why | {dead_letter.DETAIL: why[dead_letter.DETAIL][:800] + _LEFT_OUT}, [], None
        told = [(name, text.encode()) for name, text in why.items()]
        return Outgoing(self.topics.dead_letters, record.key, value, [*kept, *told])


def _headers(call: Call, schema: str) -> Headers:
    headers = [_JSON, (dead_letter.SCHEMA, schema.encode())]
    headers += [(name, value) for name, value in call.record.headers if name == "traceparent"]
    return headers


def _outcome(outcome: Outcome) -> JsonObject:
    told: JsonObject = {}
    if outcome.recipient is not None:
        told["recipient"] = outcome.recipient.name
    if outcome.channel is not None:
        told["channel"] = outcome.channel
    if isinstance(outcome, Delivery):
        return told | {"outcome": "delivery", "deliveryId": outcome.delivery_id}
    kind = "exclusion" if isinstance(outcome, Exclusion) else "rejection"
    return told | {"outcome": kind, "reason": outcome.reason}


def _why(call: Call, rejections: list[Rejection], now: datetime) -> dict[str, str]:
    """The headers of a dead letter. An id that is not valid has none."""
    first, origin, campaign = rejections[0], call.origin, call.campaign
    headers: dict[str, str | None] = {
        dead_letter.REASON: first.reason,
        dead_letter.DETAIL: bounded(first.detail),
        dead_letter.FAILURES: _failures(call, rejections),
        dead_letter.ORIGIN_TOPIC: origin.topic,
        dead_letter.ORIGIN_PARTITION: str(origin.partition),
        dead_letter.ORIGIN_OFFSET: str(origin.offset),
        dead_letter.ORIGIN_TIMESTAMP: str(origin.timestamp),
        dead_letter.CAMPAIGN_ID: call.campaign_id,
        dead_letter.CAMPAIGN_VERSION: str(campaign.version) if campaign else None,
        dead_letter.REQUEST_ID: call.request_id,
        dead_letter.ATTEMPT: str(origin.attempt),
        dead_letter.FAILED_AT: timestamp(now),
    }
    return {name: value for name, value in headers.items() if value is not None}


def _failures(call: Call, rejections: list[Rejection]) -> str | None:
    """What is to be tried again on a replay; None for the whole trigger.

    When the replay of a partial failure, or a recipient in it, is rejected as a whole, it stays partial:
    those who got their message the first time must not get it again the third.
    """
    first = rejections[0]
    if first.recipient is None and call.origin.only is None:
        return None
    if first.recipient is None:
        pairs = [(name, channel) for name in call.origin.only or {} for channel in _channels(call, name)]
        failures = [(name, channel, first) for name, channel in pairs]
    else:
        failures = [
            (r.recipient.name, channel, r)
            for r in rejections
            if r.recipient is not None
            for channel in ([r.channel] if r.channel else _channels(call, r.recipient.name))
        ]
    return orjson.dumps(
        [
            {"recipient": name, "channel": channel, "reason": r.reason, "detail": bounded(r.detail)}
            for name, channel, r in failures
        ]
    ).decode()


def _channels(call: Call, recipient: str) -> list[Channel | None]:
    """What a recipient rejected as a whole did not get: all channels (None), or those of a partial replay."""
    channels = call.origin.only.get(recipient) if call.origin.only else None
    return [None] if channels is None else [*sorted(channels)]


def _size(record: Record) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers

"""What a decided call puts on the topics: records, their keys and headers."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

import orjson

from consumer.call import Call
from consumer.kafka.record import Headers, Outgoing, Record
from consumer.kafka.topics import TRIGGER_RECORD_BYTES_MAX, Topics
from consumer.rules.outcome import Candidate, Delivery, Exclusion, Outcome, Rejection
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


def _schema(name: str) -> Headers:
    return [("content-type", b"application/json"), (dead_letter.SCHEMA, name.encode())]


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
        value = {
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
        if not (rejections := call.rejections()):
            return None
        record = call.record
        kept = [(name, value) for name, value in record.headers if not name.startswith(dead_letter.PREFIX)]
        why = _why(call, rejections, now)
        value: bytes | None = record.value
        if call.leaves_original_out or _size(record) > TRIGGER_RECORD_BYTES_MAX:
            why, kept, value = why | {dead_letter.DETAIL: why[dead_letter.DETAIL][:800] + _LEFT_OUT}, [], None
        told = [(name, text.encode()) for name, text in why.items()]
        return Outgoing(self._dead_letters, record.key, value, [*kept, *told])


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
    if first.recipient is None and call.only is None:
        return None
    if first.recipient is None:
        pairs = [(name, channel) for name in call.only or {} for channel in _channels(call, name)]
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
    channels = call.only.get(recipient) if call.only else None
    return [None] if channels is None else [*sorted(channels)]


def _size(record: Record) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers

"""A rejected call's dead letter: the original record, with headers that say why."""

from datetime import datetime

import orjson

from consumer.kafka.record import Outgoing, Record
from consumer.kafka.topics import TRIGGER_RECORD_BYTES_MAX
from consumer.rules.outcome import Rejection
from consumer.triggers.call import Call
from schemas import dead_letter as names
from schemas.channel import Channel
from schemas.delivery import timestamp
from schemas.detail import bounded

# A topic's limit is on what lies there, often compressed; unpacked it can be larger than any topic takes.
_LEFT_OUT = " It is too large for this topic: value and headers are left out, and are still at its origin."


def dead_letter(call: Call, topic: str, now: datetime) -> Outgoing | None:
    """The original record with headers that say why; None if nothing was rejected."""
    if not (rejections := call.rejections()):
        return None
    record = call.record
    kept = [(name, value) for name, value in record.headers if not name.startswith(names.PREFIX)]
    why = _why(call, rejections, now)
    value: bytes | None = record.value
    if call.leaves_original_out or _size(record) > TRIGGER_RECORD_BYTES_MAX:
        why, kept, value = why | {names.DETAIL: why[names.DETAIL][:800] + _LEFT_OUT}, [], None
    told = [(name, text.encode()) for name, text in why.items()]
    return Outgoing(topic, record.key, value, [*kept, *told])


def _why(call: Call, rejections: list[Rejection], now: datetime) -> dict[str, str]:
    """The headers of a dead letter. An id that is not valid has none."""
    first, origin, campaign = rejections[0], call.origin, call.campaign
    headers: dict[str, str | None] = {
        names.REASON: first.reason,
        names.DETAIL: bounded(first.detail),
        names.FAILURES: _failures(call, rejections),
        names.ORIGIN_TOPIC: origin.topic,
        names.ORIGIN_PARTITION: str(origin.partition),
        names.ORIGIN_OFFSET: str(origin.offset),
        names.ORIGIN_TIMESTAMP: str(origin.timestamp),
        names.CAMPAIGN_ID: call.campaign_id,
        names.CAMPAIGN_VERSION: str(campaign.version) if campaign else None,
        names.REQUEST_ID: call.request_id,
        names.ATTEMPT: str(origin.attempt),
        names.FAILED_AT: timestamp(now),
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

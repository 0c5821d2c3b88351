"""A rejected trigger's dead letter: the original record, with headers that say why."""

import orjson

from consumer.kafka.record import Outgoing, Record
from consumer.kafka.topics import TRIGGER_RECORD_BYTES_MAX
from consumer.rules.outcome import Rejection
from consumer.triggers.call import Call
from consumer.triggers.execution import Execution
from schemas import dead_letter as names
from schemas.channel import Channel
from schemas.delivery import timestamp
from schemas.detail import bounded

# A topic's limit is on what lies there, often compressed; unpacked it can be larger than any topic takes.
_LEFT_OUT = " It is too large for this topic: value and headers are left out, and are still at its origin."


def dead_letter(execution: Execution, topic: str) -> Outgoing | None:
    """The original record with headers that say why; None if nothing was rejected."""
    if not (rejections := execution.rejections()):
        return None
    record = execution.call.record
    kept = [(name, value) for name, value in record.headers if not name.startswith(names.PREFIX)]
    why = _why(execution, rejections)
    value: bytes | None = record.value
    if execution.leaves_original_out or _size(record) > TRIGGER_RECORD_BYTES_MAX:
        why, kept, value = why | {names.DETAIL: why[names.DETAIL][:800] + _LEFT_OUT}, [], None
    added = [(name, text.encode()) for name, text in why.items()]
    return Outgoing(topic, record.key, value, [*kept, *added])


def _why(execution: Execution, rejections: list[Rejection]) -> dict[str, str]:
    """The headers of a dead letter. An id that is not valid has none."""
    call, campaign, first = execution.call, execution.campaign, rejections[0]
    origin = call.origin
    headers: dict[str, str | None] = {
        names.REASON: first.reason,
        names.DETAIL: bounded(first.detail),
        names.FAILURES: _failures(call, rejections),
        names.ORIGIN_TOPIC: origin.place.topic,
        names.ORIGIN_PARTITION: str(origin.place.partition),
        names.ORIGIN_OFFSET: str(origin.place.offset),
        names.ORIGIN_TIMESTAMP: str(origin.timestamp),
        names.CAMPAIGN_ID: call.read.campaign_id,
        names.CAMPAIGN_VERSION: str(campaign.version) if campaign else None,
        names.REQUEST_ID: call.read.request_id,
        names.ATTEMPT: str(origin.attempt),
        names.FAILED_AT: timestamp(execution.now),
    }
    return {name: value for name, value in headers.items() if value is not None}


def _failures(call: Call, rejections: list[Rejection]) -> str | None:
    """What is to be tried again on a replay; None for the whole trigger.

    When the replay of a partial failure, or a recipient in it, is rejected as a whole, it stays partial:
    those who got their message the first time must not get it again the third.
    """
    first = rejections[0]
    if first.recipient is None and call.replayed_pairs is None:
        return None
    if first.recipient is None:
        pairs = [(name, channel) for name in call.replayed_pairs or {} for channel in _channels(call, name)]
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
    channels = call.replayed_pairs.get(recipient) if call.replayed_pairs else None
    return [None] if channels is None else [*sorted(channels)]


def _size(record: Record) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers

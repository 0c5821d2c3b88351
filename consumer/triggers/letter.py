"""Dead letters, of what was rejected or is held: the original record, with headers that say why."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import orjson

from consumer.kafka.record import Outgoing, Record
from consumer.kafka.topics import TRIGGER_RECORD_BYTES_MAX
from consumer.rules.campaign import Campaign
from consumer.rules.outcome import Held, Rejection
from consumer.triggers.call import Call
from consumer.triggers.execution import Execution
from schemas import dead_letter as names
from schemas.channel import Channel
from schemas.delivery import timestamp
from schemas.detail import bounded
from schemas.reasons import Reason

# A topic's limit is on what lies there, often compressed; unpacked it can be larger than any topic takes.
_LEFT_OUT = " It is too large for this topic: value and headers are left out, and are still at its origin."


def dead_letters(execution: Execution, topic: str) -> Iterator[Outgoing]:
    """One of all that was rejected, and one of each message that is held: what is released by itself."""
    if rejections := execution.rejections():
        yield _letter(execution, rejections, topic)
    for held in execution.held():
        yield _letter(execution, [held], topic)


def _letter(execution: Execution, failed: Sequence[Rejection | Held], topic: str) -> Outgoing:
    """The original record with headers that say why."""
    record = execution.call.record
    kept = [(name, value) for name, value in record.headers if not name.startswith(names.PREFIX)]
    why = _why(execution, failed)
    value: bytes | None = record.value
    if execution.leaves_original_out or _size(record) > TRIGGER_RECORD_BYTES_MAX:
        why, kept, value = why | {names.DETAIL: why[names.DETAIL][:800] + _LEFT_OUT}, [], None
    added = [(name, text.encode()) for name, text in why.items()]
    return Outgoing(topic, record.key, value, [*kept, *added])


def _why(execution: Execution, failed: Sequence[Rejection | Held]) -> dict[str, str]:
    """The headers of a dead letter. An id that is not valid has none."""
    call, campaign, first = execution.call, execution.campaign, failed[0]
    origin = call.origin
    headers: dict[str, str | None] = {
        names.REASON: first.reason,
        names.DETAIL: bounded(first.detail),
        names.FAILURES: _failures(call, failed),
        names.ORIGIN_TOPIC: origin.place.topic,
        names.ORIGIN_PARTITION: str(origin.place.partition),
        names.ORIGIN_OFFSET: str(origin.place.offset),
        names.ORIGIN_TIMESTAMP: str(origin.timestamp),
        names.CAMPAIGN_ID: call.read.campaign_id,
        names.CAMPAIGN_VERSION: str(campaign.version) if campaign else None,
        names.REQUEST_ID: call.read.request_id,
        names.ATTEMPT: str(origin.attempt),
        names.FAILED_AT: timestamp(execution.now),
        names.RELEASE_AT: timestamp(release) if (release := _release_at(first, campaign)) else None,
    }
    return {name: value for name, value in headers.items() if value is not None}


def _release_at(failed: Rejection | Held, campaign: Campaign | None) -> datetime | None:
    if isinstance(failed, Held):
        return failed.release_at
    return campaign.start if campaign and failed.reason is Reason.BEFORE_START else None


def _failures(call: Call, failed: Sequence[Rejection | Held]) -> str | None:
    """What is to be tried again on a replay; None for the whole trigger.

    When the replay of a partial failure, or a recipient in it, is rejected as a whole, it stays partial:
    those who got their message the first time must not get it again the third.
    """
    first = failed[0]
    if first.recipient is None and call.replayed_pairs is None:
        return None
    if first.recipient is None:
        pairs = [(name, channel) for name in call.replayed_pairs or {} for channel in _channels(call, name)]
        failures: list[tuple[str, Channel | None, Rejection | Held]] = [(*pair, first) for pair in pairs]
    else:
        failures = [
            (r.recipient.name, channel, r)
            for r in failed
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

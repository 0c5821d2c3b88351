"""From records to rows: deliveries, events, and what is neither. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final
from uuid import UUID

from consumer.feedback.wire import read_delivery
from consumer.kafka.record import Record
from consumer.kafka.topics import Topics
from consumer.rules.machine import is_machine
from consumer.store.deliveries import NewDelivery
from consumer.store.feedback_events import StoredEvent
from schemas.feedback import Feedback, FeedbackType, InvalidFeedbackError, read_feedback

LINK_CHARACTERS_MAX: Final = 300
"""Of a link's address: it is part of an index, whose rows end at about 2,700 bytes."""
_DIGEST_BYTES: Final = 16


@dataclass(slots=True)
class FeedbackRows:
    deliveries: list[NewDelivery] = field(default_factory=list)
    events: list[StoredEvent] = field(default_factory=list)
    invalid: list[tuple[Record, InvalidFeedbackError]] = field(default_factory=list)
    """Records of the feedback topic that are no feedback."""
    foreign: list[tuple[Record, str]] = field(default_factory=list)
    """Records of the deliveries topics that are no deliveries."""


def read_rows(records: Iterable[Record], topics: Topics, phone_region: str | None) -> FeedbackRows:
    rows = FeedbackRows()
    for record in records:
        if record.topic == topics.feedback:
            try:
                rows.events.append(read_event(record))
            except InvalidFeedbackError as error:
                rows.invalid.append((record, error))
            continue
        try:
            rows.deliveries.append(read_delivery(record.value, phone_region))
        except ValueError as error:
            rows.foreign.append((record, type(error).__name__))
    return rows


def read_event(record: Record) -> StoredEvent:
    """Raises InvalidFeedbackError."""
    wire = read_feedback(record.value)
    received_at = datetime.fromtimestamp(max(0, record.timestamp) / 1000, UTC)
    is_bounce, is_click = wire.type is FeedbackType.BOUNCED, wire.type is FeedbackType.CLICKED
    can_be_machine = is_click or wire.type is FeedbackType.OPENED
    return StoredEvent(
        delivery_id=UUID(wire.delivery_id),
        digest=_digest(wire),
        type=wire.type,
        # Nothing happens after it was reported: a clock in the future would win against all that comes later.
        at=min(wire.at, received_at),
        bounce=(wire.bounce or "soft") if is_bounce else "",
        category=wire.category or "" if is_bounce else "",
        link=_without_query(wire.link or "") if is_click else "",
        is_machine=can_be_machine and is_machine(wire.user_agent),
        scope=wire.scope,
        received_at=received_at,
    )


def _digest(wire: Feedback) -> bytes:
    """What makes two records of a delivery the same event."""
    same = f"{wire.type}\n{wire.at.isoformat()}\n{wire.link or ''}"
    return blake2b(same.encode(), digest_size=_DIGEST_BYTES).digest()


def _without_query(link: str) -> str:
    """What follows `?` or `#` may name the person, and reports count by link."""
    return link.partition("#")[0].partition("?")[0][:LINK_CHARACTERS_MAX]

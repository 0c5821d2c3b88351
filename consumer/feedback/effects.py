"""What feedback changes: suppressions and people's consents. Each event has its effects once."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from consumer.feedback.consents import Word, apply_words
from consumer.rules.address_history import AddressEvent, is_unsubscribed, keeps_bouncing
from consumer.store.address_events import StoredAddressEvent, find_histories, insert_address_events
from consumer.store.database import DedicatedConnection
from consumer.store.deliveries import NewDelivery
from consumer.store.feedback_events import StoredEvent
from consumer.store.suppressions import (
    SuppressionReason,
    suppress_by_feedback,
    suppressed_by_feedback,
    unsuppress_by_feedback,
)
from consumer.store.work import Address
from schemas.feedback import FeedbackType

Known = tuple[NewDelivery, StoredEvent]
"""An event and its delivery."""


async def apply_effects(
    connection: DedicatedConnection, known: Sequence[Known], soft_bounce_limit: int
) -> None:
    """Within the caller's transaction."""
    found = [
        (_address_event(delivery, event, kind), (delivery, event)) for delivery, event, kind in _kinds(known)
    ]
    new = await insert_address_events(connection, [entry for entry, _ in found])
    by_key = {(entry.delivery_id, entry.digest): known_event for entry, known_event in found}
    addresses = _by_kind(new)
    await suppress_by_feedback(connection, addresses["hard"], SuppressionReason.BOUNCE)
    await suppress_by_feedback(connection, addresses["complained"], SuppressionReason.COMPLAINT)
    await _count_soft_bounces(connection, addresses, soft_bounce_limit)
    words = [
        _word(*by_key[entry.delivery_id, entry.digest], entry)
        for entry in new
        if entry.kind in ("unsubscribed", "resubscribed")
    ]
    strangers = await apply_words(connection, words)
    await _settle_subscriptions(connection, strangers, addresses["resubscribed"])


def _kinds(known: Sequence[Known]) -> list[tuple[NewDelivery, StoredEvent, str]]:
    """Those that can have an effect, and as what. Ignored bounces have none."""
    kinds = {
        FeedbackType.DELIVERED: "delivered",
        FeedbackType.COMPLAINED: "complained",
        FeedbackType.UNSUBSCRIBED: "unsubscribed",
        FeedbackType.RESUBSCRIBED: "resubscribed",
    }
    found = []
    for delivery, event in known:
        if not delivery.address:  # of somebody who was erased
            continue
        if event.type == FeedbackType.BOUNCED and event.bounce != "ignored":
            found.append((delivery, event, event.bounce))
        elif kind := kinds.get(FeedbackType(event.type)):
            found.append((delivery, event, kind))
    return found


def _address_event(delivery: NewDelivery, event: StoredEvent, kind: str) -> StoredAddressEvent:
    return StoredAddressEvent(
        event.delivery_id, event.digest, delivery.channel, delivery.address, event.at, kind
    )


def _by_kind(events: Sequence[StoredAddressEvent]) -> dict[str, set[Address]]:
    kinds = ("hard", "soft", "delivered", "complained", "unsubscribed", "resubscribed")
    addresses: dict[str, set[Address]] = {kind: set() for kind in kinds}
    for kind, group in groupby(sorted(events, key=lambda e: e.kind), key=lambda e: e.kind):
        addresses[kind] = {event.key for event in group}
    return addresses


async def _count_soft_bounces(
    connection: DedicatedConnection, addresses: Mapping[str, set[Address]], limit: int
) -> None:
    """A late success may show that what looked like a row was none."""
    delivered = addresses["delivered"]
    doubted = await suppressed_by_feedback(connection, delivered, SuppressionReason.BOUNCE)
    histories = await find_histories(connection, addresses["soft"] | doubted)
    bouncing = {
        key
        for key, history in histories.items()
        if keeps_bouncing((AddressEvent(*event) for event in history), limit)
    }
    await suppress_by_feedback(connection, bouncing & addresses["soft"], SuppressionReason.BOUNCE)
    await unsuppress_by_feedback(connection, doubted - bouncing, SuppressionReason.BOUNCE)


def _word(delivery: NewDelivery, event: StoredEvent, entry: StoredAddressEvent) -> Word:
    return Word(delivery.recipient, entry.key, event.at, event.scope == "all", entry.kind == "unsubscribed")


async def _settle_subscriptions(
    connection: DedicatedConnection, strangers: set[Address], back: set[Address]
) -> None:
    """For addresses of people without a profile, and of those who are back, by what they said last."""
    histories = await find_histories(connection, strangers | back)
    gone = {
        key
        for key, history in histories.items()
        if is_unsubscribed(AddressEvent(*event) for event in history)
    }
    await suppress_by_feedback(connection, gone & strangers, SuppressionReason.UNSUBSCRIBE)
    await unsuppress_by_feedback(connection, (strangers | back) - gone, SuppressionReason.UNSUBSCRIBE)

"""One transaction of feedback: events meet their deliveries; states, figures, effects and offsets move."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from consumer.feedback.effects import apply_effects
from consumer.feedback.rows import FeedbackRows
from consumer.kafka.record import Partition
from consumer.rules.delivery_state import Event, Figure, Marks, event_figures, figures, joined
from consumer.store.database import DedicatedConnection
from consumer.store.deliveries import (
    NewDelivery,
    StoredDelivery,
    find_deliveries,
    insert_deliveries,
    write_marks,
)
from consumer.store.feedback_events import (
    FOLLOWED,
    StoredEvent,
    find_waiting_events,
    insert_events,
    know_events,
)
from consumer.store.offsets import Move, following
from consumer.store.report_counts import ReportKey, add_report_counts
from schemas.feedback import FeedbackType

Events = Mapping[UUID, Sequence[StoredEvent]]


async def write_feedback(
    connection: DedicatedConnection,
    rows: FeedbackRows,
    moves: Mapping[Partition, Move],
    soft_bounce_limit: int,
) -> set[str]:
    """Returns the campaigns of which something was reported that a guard counts.

    Raises OffsetsMoved, and DatabaseDataError when the database refuses a value.
    """
    async with following(connection):
        await FOLLOWED.move(connection, moves)
        new = await insert_deliveries(connection, rows.deliveries)
        inserted = await insert_events(connection, rows.events)
        # The events just added are among those that wait.
        waiting = await find_waiting_events(connection, new | {event.delivery_id for event in inserted})
        known = await find_deliveries(connection, new | {event.delivery_id for event in waiting})
        events: defaultdict[UUID, list[StoredEvent]] = defaultdict(list)
        for event in waiting:
            if event.delivery_id in known:
                events[event.delivery_id].append(event)
        after = {id_: joined(known[id_].marks, map(_event, found)) for id_, found in events.items()}
        await add_report_counts(connection, "report_feedback", _counts(known, new, events, after))
        if events:
            await write_marks(connection, after)
            await know_events(connection, [event for found in events.values() for event in found])
            matched = [(known[id_].delivery, event) for id_, found in events.items() for event in found]
            await apply_effects(connection, matched, soft_bounce_limit)
    counted = {FeedbackType.SENT, FeedbackType.BOUNCED, FeedbackType.COMPLAINED}
    return {
        known[id_].delivery.campaign_id
        for id_, found in events.items()
        if any(event.type in counted for event in found)
    }


def _event(stored: StoredEvent) -> Event:
    return Event(
        FeedbackType(stored.type),
        stored.at,
        stored.bounce,
        stored.category,
        stored.link,
        stored.is_machine,
        stored.scope,
    )


def _counts(
    known: Mapping[UUID, StoredDelivery], new: set[UUID], events: Events, after: Mapping[UUID, Marks]
) -> Counter[ReportKey]:
    """What is to be added to the figures, and taken away where something turned out to be earlier."""
    counts: Counter[ReportKey] = Counter()
    for id_, stored in known.items():
        delivery = stored.delivery
        if delivery.is_test or (id_ not in new and id_ not in events):
            continue
        added = figures(delivery.created_at, after.get(id_, stored.marks))
        if id_ not in new:
            added.subtract(figures(delivery.created_at, stored.marks))
        for event in events.get(id_, ()):
            added.update(event_figures(_event(event)))
        for figure, count in added.items():
            counts[_key(delivery, figure)] += count
    return counts


def _key(delivery: NewDelivery, figure: Figure) -> ReportKey:
    return ReportKey(
        delivery.campaign_id,
        figure.minute,
        delivery.campaign_version,
        delivery.channel,
        delivery.locale,
        delivery.treatment,
        figure.metric,
        figure.detail,
    )

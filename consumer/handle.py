"""A batch's trip: decode, look up, decide, claim, encode."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from time import monotonic

import structlog

from consumer.batch import Coordinates, Ownership, Prepared, Record, Refusal
from consumer.call import Call, read_call
from consumer.decide import judge_campaign
from consumer.draft import Draft
from consumer.observe import Metrics
from consumer.publish import Publisher
from consumer.registry import Registry
from consumer.seams import wall_clock
from consumer.standing import Known
from consumer.store.batch import BatchStore
from consumer.store.errors import DatabaseDataError
from consumer.tally import Tally
from schemas.reasons import Reason

log = structlog.get_logger()

_TOO_LARGE = (Reason.CONTENT_TOO_LARGE, "A topic's max.message.bytes refuses what this trigger makes.")
_REFUSED = {
    Refusal.LETTER_TOO_LARGE: _TOO_LARGE,
    Refusal.TOO_LARGE: _TOO_LARGE,
    Refusal.DATA_ERROR: (Reason.INTERNAL_ERROR, "The database refuses this trigger's data; see the log."),
}


class CampaignHandler:
    """Executes the triggers of one lane. See consumer/batch.py for what it promises to the consumer."""

    def __init__(
        self,
        *,
        lane: str,
        registry: Registry,
        store: BatchStore,
        publisher: Publisher,
        metrics: Metrics,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._lane = lane
        self._registry = registry
        self._store = store
        self._publisher = publisher
        self._metrics = metrics
        self._clock = clock

    async def prepare(
        self,
        records: Sequence[Record],
        ownership: Ownership,
        refused: Mapping[Coordinates, Refusal],
    ) -> Prepared:
        try:
            return await self._prepare(records, ownership, refused)
        except DatabaseDataError:
            if len(records) > 1:
                return await self._prepare_halves(records, ownership, refused)
            coordinates = records[0].partition, records[0].offset
            log.exception(
                "the database refuses a record's data", partition=coordinates[0], offset=coordinates[1]
            )
            if coordinates in refused:
                raise
            return await self._prepare(records, ownership, {**refused, coordinates: Refusal.DATA_ERROR})

    async def _prepare_halves(
        self,
        records: Sequence[Record],
        ownership: Ownership,
        refused: Mapping[Coordinates, Refusal],
    ) -> Prepared:
        """Find the one record whose data the database refuses, and let the others through."""
        middle = len(records) // 2
        first = await self.prepare(records[:middle], ownership, refused)
        if len(first.records) < middle:
            return first
        second = await self.prepare(records[middle:], ownership, refused)
        return Prepared(
            [*first.records, *second.records],
            [*first.outgoing, *second.outgoing],
            first.decided_at,
            min((p.valid_until for p in (first, second) if p.valid_until), default=None),
            partial(_both, first.on_committed, second.on_committed),
        )

    async def _prepare(
        self,
        records: Sequence[Record],
        ownership: Ownership,
        refused: Mapping[Coordinates, Refusal],
    ) -> Prepared:
        calls = [self._read(record, refused) for record in records]
        # The one clock reading by which everything in this batch is decided.
        now, decided_at = self._clock(), monotonic()
        draft = Draft(calls, ownership, lane=self._lane, publisher=self._publisher, now=now)
        draft.judge_triggers(await self._campaigns(calls, now))
        draft.judge_recipients(await self._store.find_profiles(draft.identities()))
        draft.compose(await self._store.find_suppressions(draft.addresses()))
        draft.settle(await self._store.write(draft.work()))
        tally = Tally(draft.calls)
        return Prepared(
            records[: len(draft.calls)],
            list(draft.outgoing()),
            decided_at,
            draft.valid_until(),
            lambda: tally.tell(self._metrics),
        )

    def _read(self, record: Record, refused: Mapping[Coordinates, Refusal]) -> Call:
        call = read_call(record)
        if refused and (refusal := refused.get((record.partition, record.offset))):
            # What cannot be read makes nothing but its dead letter.
            call.leaves_original_out = refusal is Refusal.LETTER_TOO_LARGE or call.unreadable is not None
            if not call.unreadable:
                call.reject(*_REFUSED[refusal])
        return call

    async def _campaigns(self, calls: Sequence[Call], now: datetime) -> Mapping[str, Known | None]:
        """The calls' campaigns from memory, read afresh where memory would reject: it may be a moment old."""
        known = {
            call.trigger.campaign_id: self._registry.campaign(call.trigger.campaign_id)
            for call in calls
            if call.trigger
        }
        doubtful = [id_ for id_, campaign in known.items() if judge_campaign(id_, campaign, now)]
        return {**known, **await self._registry.read_afresh(doubtful)} if doubtful else known


def _both(first: Callable[[], None], second: Callable[[], None]) -> None:
    first()
    second()

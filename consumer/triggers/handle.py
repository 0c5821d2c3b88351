"""A batch's trip: decode, look up, decide, claim, encode."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain
from time import monotonic
from typing import NamedTuple

import structlog

from consumer.campaigns.registry import Registry
from consumer.campaigns.standing import Known
from consumer.exactly_once.handler import Ownership, Prepared, Refusal
from consumer.exactly_once.seams import wall_clock
from consumer.kafka.record import Coordinates, Outgoing, Record
from consumer.monitoring.metrics import Metrics
from consumer.rules.allow_list import AllowList
from consumer.rules.decide import judge_campaign
from consumer.rules.policy import Policy
from consumer.store.batch import BatchStore
from consumer.store.errors import DatabaseDataError
from consumer.triggers.batch import OUTPUT_BYTES_MAX, Draft
from consumer.triggers.call import Call, read_call
from consumer.triggers.publish import Publisher
from consumer.triggers.tally import Tally
from schemas.reasons import Reason

log = structlog.get_logger()

_TOO_LARGE = (Reason.CONTENT_TOO_LARGE, "A topic's max.message.bytes refuses what this trigger makes.")
_REFUSED = {
    Refusal.LETTER_TOO_LARGE: _TOO_LARGE,
    Refusal.TOO_LARGE: _TOO_LARGE,
    Refusal.DATA_ERROR: (Reason.INTERNAL_ERROR, "The database refuses this trigger's data; see the log."),
}


class CampaignHandler:
    """Executes the triggers of one lane. See exactly_once/handler.py for what it promises to the consumer."""

    def __init__(
        self,
        *,
        lane: str,
        registry: Registry,
        store: BatchStore,
        publisher: Publisher,
        metrics: Metrics,
        policy: Policy,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._lane = lane
        self._registry = registry
        self._store = store
        self._publisher = publisher
        self._metrics = metrics
        self._clock = clock
        self._policy = policy

    async def prepare(
        self,
        records: Sequence[Record],
        ownership: Ownership,
        refused: Mapping[Coordinates, Refusal],
    ) -> Prepared:
        decided_at = monotonic()
        allow_list = self._registry.allow_list
        batch = _Batch(ownership, refused, allow_list)
        decided: list[_Decided] = []
        for part in self._parts(records):
            decided.append(await self._decide(part, batch))
            if not decided[-1].is_whole or sum(each.size for each in decided) > OUTPUT_BYTES_MAX:
                break
        whole = _joined(decided)
        tell = partial(whole.tally.tell, self._metrics)
        return Prepared(
            whole.records,
            whole.outgoing,
            decided_at,
            whole.valid_until,
            tell,
            # The emergency brake stops what is decided and not yet committed, too.
            lambda: self._registry.allow_list is allow_list,
        )

    def _parts(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        size = self._store.records_at_once
        return (records[first : first + size] for first in range(0, len(records), size))

    async def _decide(self, records: Sequence[Record], batch: "_Batch") -> "_Decided":
        try:
            return await self._decide_together(records, batch)
        except DatabaseDataError:
            if len(records) > 1:
                return await self._decide_halves(records, batch)
            coordinates = records[0].partition, records[0].offset
            log.exception(
                "the database refuses a record's data", partition=coordinates[0], offset=coordinates[1]
            )
            if coordinates in batch.refused:
                raise
            refused = {**batch.refused, coordinates: Refusal.DATA_ERROR}
            return await self._decide_together(records, replace(batch, refused=refused))

    async def _decide_halves(self, records: Sequence[Record], batch: "_Batch") -> "_Decided":
        """Find the one record whose data the database refuses, and let the others through."""
        middle = len(records) // 2
        first = await self._decide(records[:middle], batch)
        if not first.is_whole:
            return first
        return _joined([first, await self._decide(records[middle:], batch)])

    async def _decide_together(self, records: Sequence[Record], batch: "_Batch") -> "_Decided":
        calls = [self._read(record, batch.refused) for record in records]
        # The one clock reading by which all of them are decided.
        now = self._clock()
        draft = Draft(
            calls,
            batch.ownership,
            lane=self._lane,
            publisher=self._publisher,
            now=now,
            policy=self._policy,
            allow_list=batch.allow_list,
        )
        draft.judge_triggers(await self._campaigns(calls, now, batch.afresh))
        draft.judge_recipients(await self._store.find_profiles(draft.identities()))
        draft.compose(await self._store.find_suppressions(draft.addresses()))
        draft.settle(await self._store.write(draft.work()))
        return _Decided(
            records[: len(draft.calls)],
            list(draft.outgoing()),
            draft.size,
            draft.valid_until(),
            Tally.of(draft.calls),
            is_whole=len(draft.calls) == len(records),
        )

    def _read(self, record: Record, refused: Mapping[Coordinates, Refusal]) -> Call:
        call = read_call(record)
        if refused and (refusal := refused.get((record.partition, record.offset))):
            # What cannot be read makes nothing but its dead letter.
            call.leaves_original_out = refusal is Refusal.LETTER_TOO_LARGE or call.unreadable is not None
            if not call.unreadable:
                call.reject(*_REFUSED[refusal])
        return call

    async def _campaigns(
        self, calls: Sequence[Call], now: datetime, afresh: dict[str, Known | None]
    ) -> Mapping[str, Known | None]:
        """The calls' campaigns from memory, read afresh where memory would reject: it may be a moment old."""
        known = {
            call.trigger.campaign_id: self._registry.campaign(call.trigger.campaign_id)
            for call in calls
            if call.trigger
        }
        doubtful = [id_ for id_, campaign in known.items() if judge_campaign(id_, campaign, now)]
        if unread := [id_ for id_ in doubtful if id_ not in afresh]:
            afresh |= await self._registry.read_afresh(unread)
        return known | {id_: afresh[id_] for id_ in doubtful}


@dataclass(frozen=True, slots=True)
class _Batch:
    """What the parts of a batch share."""

    ownership: Ownership
    refused: Mapping[Coordinates, Refusal]
    allow_list: AllowList | None
    afresh: dict[str, Known | None] = field(default_factory=dict)
    """Campaigns read from the database since the batch began, with those that do not exist."""


class _Decided(NamedTuple):
    """What becomes of some records of a batch. The calls are not kept: they are most of the memory."""

    records: Sequence[Record]
    outgoing: Sequence[Outgoing]
    size: int
    """Bytes of the deliveries."""
    valid_until: datetime | None
    tally: Tally
    is_whole: bool
    """Else the last records were left out, as the output of those before is large enough."""


def _joined(parts: Sequence[_Decided]) -> _Decided:
    if len(parts) == 1:
        return parts[0]
    return _Decided(
        list(chain.from_iterable(part.records for part in parts)),
        list(chain.from_iterable(part.outgoing for part in parts)),
        sum(part.size for part in parts),
        min((part.valid_until for part in parts if part.valid_until), default=None),
        Tally.sum(part.tally for part in parts),
        parts[-1].is_whole,
    )

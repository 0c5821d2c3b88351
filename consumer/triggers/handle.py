"""The handler of a lane: what is decided together, and what happens when the database refuses a record."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain
from time import monotonic
from typing import NamedTuple

import structlog

from consumer.campaigns.registry import Registry
from consumer.campaigns.state import CampaignState
from consumer.exactly_once.fault_points import wall_clock
from consumer.exactly_once.handler import Ownership, Prepared, Refusal
from consumer.kafka.record import Outgoing, Record, place_of
from consumer.monitoring.metrics import Metrics
from consumer.rules.allow_list import AllowList
from consumer.rules.campaign import Campaign
from consumer.rules.decide import judge_campaign
from consumer.rules.outcome import Rejection
from consumer.rules.policy import Policy
from consumer.rules.rule_set import RuleSets
from consumer.store.batch import BatchStore
from consumer.store.errors import DatabaseDataError
from consumer.triggers.batch import OUTPUT_BYTES_MAX, Batch
from consumer.triggers.call import read_call
from consumer.triggers.execute import execute
from consumer.triggers.execution import Execution, begin
from consumer.triggers.publish import Publisher
from consumer.triggers.tally import Tally
from consumer.triggers.terms import Terms
from schemas.place import Place
from schemas.reasons import Reason
from schemas.trigger import Trigger

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
        refused: Mapping[Place, Refusal],
    ) -> Prepared:
        decided_at = monotonic()
        allow_list = self._registry.allow_list
        shared = _Shared(ownership, refused, allow_list)
        decided: list[_Decided] = []
        for part in self._parts(records):
            decided.append(await self._decide(part, shared))
            if not decided[-1].is_whole or sum(each.size for each in decided) > OUTPUT_BYTES_MAX:
                break
        whole = _joined(decided)
        report = partial(whole.tally.report, self._metrics)
        return Prepared(
            whole.records,
            whole.outgoing,
            decided_at,
            whole.valid_until,
            report,
            # The emergency brake stops what is decided and not yet committed, too.
            lambda: self._registry.allow_list is allow_list,
        )

    def _parts(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        size = self._store.records_at_once
        return (records[first : first + size] for first in range(0, len(records), size))

    async def _decide(self, records: Sequence[Record], shared: "_Shared") -> "_Decided":
        now = self._clock()
        begun = [_begin(record, now, shared.refused) for record in records]
        try:
            campaigns = await self._campaigns(begun, now, shared.afresh)
            rule_sets = await self._rule_sets(campaigns)
            terms = Terms(self._lane, self._publisher, self._policy, shared.allow_list, rule_sets)
            batch = Batch(begun, shared.ownership, terms)
            executions = await execute(batch, campaigns, self._store)
        except DatabaseDataError as error:
            return await self._decide_apart(records, shared, error)
        return _Decided(
            records[: len(executions)],
            list(batch.outgoing()),
            batch.size,
            batch.valid_until(),
            Tally.of(executions),
            is_whole=len(executions) == len(records),
        )

    async def _decide_apart(
        self, records: Sequence[Record], shared: "_Shared", error: DatabaseDataError
    ) -> "_Decided":
        """Find the one record whose data the database refuses, and let the others through."""
        if len(records) == 1:
            place = place_of(records[0])
            log.error("the database refuses a record's data", **place._asdict(), exc_info=error)
            if place in shared.refused:
                raise error
            refused = {**shared.refused, place: Refusal.DATA_ERROR}
            return await self._decide(records, replace(shared, refused=refused))
        middle = len(records) // 2
        first = await self._decide(records[:middle], shared)
        if not first.is_whole:
            return first
        return _joined([first, await self._decide(records[middle:], shared)])

    async def _campaigns(
        self, executions: Sequence[Execution], now: datetime, afresh: dict[str, CampaignState | None]
    ) -> Mapping[str, CampaignState | None]:
        """The triggers' campaigns from memory; from the database where that may be a moment old.

        So they are read again where memory would reject.
        """
        named = {read.campaign_id for each in executions if isinstance(read := each.call.read, Trigger)}
        known = {id_: self._registry.campaign(id_) for id_ in named}
        doubtful = [
            id_
            for id_, campaign in known.items()
            if isinstance(judge_campaign(id_, campaign, now), Rejection)
        ]
        if unread := [id_ for id_ in doubtful if id_ not in afresh]:
            afresh |= await self._registry.read_afresh(unread)
        return known | {id_: afresh[id_] for id_ in doubtful}

    async def _rule_sets(self, campaigns: Mapping[str, CampaignState | None]) -> RuleSets:
        """Those in memory; read again where a campaign names one that is not there."""
        known = self._registry.rule_sets
        for campaign in campaigns.values():
            if isinstance(campaign, Campaign) and campaign.rule_set and not known.get(campaign.rule_set):
                return await self._registry.read_rule_sets_afresh()
        return known


def _begin(record: Record, now: datetime, refused: Mapping[Place, Refusal]) -> Execution:
    execution = begin(read_call(record), now)
    if refused and (refusal := refused.get(place_of(record))):
        # What cannot be read makes nothing but its dead letter.
        is_unreadable = bool(execution.outcomes)
        execution.leaves_original_out = refusal is Refusal.LETTER_TOO_LARGE or is_unreadable
        if not is_unreadable:
            execution.reject(*_REFUSED[refusal])
    return execution


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the parts of a batch share."""

    ownership: Ownership
    refused: Mapping[Place, Refusal]
    allow_list: AllowList | None
    afresh: dict[str, CampaignState | None] = field(default_factory=dict)
    """Campaigns read from the database since the batch began, with those that do not exist."""


class _Decided(NamedTuple):
    """What becomes of some records of a batch. The executions are not kept: they are most of the memory."""

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

"""The rules' way: a batch by its stages, and the search for the record whose data the database refuses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from consumer.campaigns.registry import Registry
from consumer.campaigns.state import CampaignState
from consumer.exactly_once.handler import Ownership, Refusal
from consumer.kafka.record import Record, place_of
from consumer.rules.campaign import Campaign
from consumer.rules.decide import judge_campaign
from consumer.rules.outcome import Rejection
from consumer.rules.rule_set import RuleSets
from consumer.store.batch import BatchStore
from consumer.store.errors import DatabaseDataError
from consumer.triggers.batch import Batch
from consumer.triggers.call import read_call
from consumer.triggers.decided import Decided, joined
from consumer.triggers.execute import execute
from consumer.triggers.execution import Execution, begin
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


@dataclass(frozen=True, slots=True)
class Shared:
    """What the parts of a batch share."""

    ownership: Ownership
    refused: Mapping[Place, Refusal]
    terms: Terms
    afresh: dict[str, CampaignState | None] = field(default_factory=dict)
    """Campaigns read from the database since the batch began, with those that do not exist."""
    is_retry: Callable[[Record], bool] | None = None
    """Which records may have been tried before; None for what the ownership says."""

    begun: Mapping[Place, Execution] = field(default_factory=dict)
    """Records that have been read already."""

    def begin(self, record: Record, now: datetime) -> Execution:
        """The record read, and rejected if it is refused."""
        return self.begun.get(place_of(record)) or _begin(record, now, self.refused)


class Decider:
    def __init__(self, registry: Registry, store: BatchStore) -> None:
        self._registry = registry
        self._store = store

    async def decide(self, records: Sequence[Record], shared: Shared, now: datetime) -> Decided:
        """Raises the errors of consumer.store."""
        begun = [shared.begin(record, now) for record in records]
        try:
            campaigns = await self._campaigns(begun, now, shared.afresh)
            terms = replace(shared.terms, rule_sets=await self._rule_sets(campaigns))
            batch = Batch(begun, shared.ownership, terms, shared.is_retry)
            executions = await execute(batch, campaigns, self._store)
        except DatabaseDataError as error:
            return await self._decide_apart(records, replace(shared, begun={}), now, error)
        return Decided(
            records[: len(executions)],
            [batch.outgoing(each) for each in executions],
            batch.size,
            batch.valid_until(),
            Tally.of(executions),
            is_whole=len(executions) == len(records),
        )

    async def _decide_apart(
        self, records: Sequence[Record], shared: Shared, now: datetime, error: DatabaseDataError
    ) -> Decided:
        """Find the one record whose data the database refuses, and let the others through."""
        if len(records) == 1:
            place = place_of(records[0])
            log.error("the database refuses a record's data", **place._asdict(), exc_info=error)
            if place in shared.refused:
                raise error
            refused = {**shared.refused, place: Refusal.DATA_ERROR}
            return await self.decide(records, replace(shared, refused=refused), now)
        middle = len(records) // 2
        first = await self.decide(records[:middle], shared, now)
        if not first.is_whole:
            return first
        return joined([first, await self.decide(records[middle:], shared, now)])

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

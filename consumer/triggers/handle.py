"""The handler of a lane: the express way for what it takes, and the rules for the others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain
from time import monotonic

from consumer.campaigns.registry import Registry
from consumer.exactly_once.fault_points import wall_clock
from consumer.exactly_once.handler import Ownership, Prepared, Refusal
from consumer.kafka.record import Record
from consumer.monitoring.metrics import Metrics
from consumer.rules.policy import Policy
from consumer.store.batch import BatchStore
from consumer.triggers.batch import OUTPUT_BYTES_MAX
from consumer.triggers.decided import NOTHING, Decided, joined, spliced
from consumer.triggers.decider import Decider, Shared
from consumer.triggers.express.batch import ExpressBatch
from consumer.triggers.publish import Publisher
from consumer.triggers.terms import Terms
from schemas.place import Place


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
        self._decider = Decider(registry, store)

    async def prepare(
        self,
        records: Sequence[Record],
        ownership: Ownership,
        refused: Mapping[Place, Refusal],
    ) -> Prepared:
        decided_at = monotonic()
        allow_list = self._registry.allow_list
        terms = Terms(self._lane, self._publisher, self._policy, allow_list, self._registry.rule_sets)
        shared = Shared(ownership, refused, terms)
        decided: list[Decided] = []
        for part in self._parts(records):
            decided.append(await self._decide(part, shared))
            if not decided[-1].is_whole or sum(each.size for each in decided) > OUTPUT_BYTES_MAX:
                break
        whole = joined(decided)
        report = partial(whole.tally.report, self._metrics)
        return Prepared(
            whole.records,
            list(chain.from_iterable(whole.outgoing)),
            decided_at,
            whole.valid_until,
            report,
            # The emergency brake stops what is decided and not yet committed, too.
            lambda: self._registry.allow_list is allow_list,
        )

    def _parts(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        size = self._store.records_at_once
        return (records[first : first + size] for first in range(0, len(records), size))

    async def _decide(self, records: Sequence[Record], shared: Shared) -> Decided:
        now = self._clock()
        batch = ExpressBatch(records, shared.ownership, shared.terms, now)
        if batch.read(self._registry.campaign, shared.refused, partial(shared.begin, now=now)):
            await batch.execute(self._store)
        left = [record for record, made in zip(records, batch.made, strict=True) if made is None]
        by_rules = NOTHING
        if left:
            rest = replace(shared, is_retry=batch.is_retry, begun=batch.begun)
            by_rules = await self._decider.decide(left, rest, now)
        return spliced(records, batch.made, by_rules)

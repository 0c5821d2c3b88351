"""Batches decided both ways."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import zip_longest
from random import Random
from typing import Any, Final, cast

from consumer.campaigns.registry import Registry
from consumer.exactly_once.handler import Ownership, Prepared, Refusal
from consumer.kafka.record import Record, place_of
from consumer.kafka.topics import LANES, Topics
from consumer.monitoring.metrics import Metrics
from consumer.rules.allow_list import AllowList
from consumer.rules.policy import Policy
from consumer.triggers.decided import Decided
from consumer.triggers.decider import Shared
from consumer.triggers.handle import CampaignHandler
from consumer.triggers.publish import Publisher
from proof.ways.campaigns import START, campaigns, rule_sets
from proof.ways.draw import Draw
from proof.ways.memory import Campaigns, MemoryStore
from proof.ways.records import PARTITIONS, Records
from proof.ways.stored import draw_profiles, draw_suppressions
from schemas.place import Place

_TOPICS: Final = Topics("clarion.")
_TRUE: Final = campaigns()
_METRICS: Final = {lane: Metrics(lane) for lane in LANES}


class DifferenceError(Exception):
    """The two ways came to different ends."""


class _ByRules(CampaignHandler):
    async def _decide(self, records: Sequence[Record], shared: Shared) -> Decided:
        return await self._decider.decide(records, shared, self._clock())


class _Way:
    """A handler, and all that it changes."""

    def __init__(
        self, kind: type[CampaignHandler], lane: str, store: MemoryStore, registry: Campaigns, policy: Policy
    ) -> None:
        self.now = START
        self.store = store
        self.ownership = Ownership("group", _TOPICS.triggers(lane), dict.fromkeys(range(PARTITIONS), 1))
        self._handler = kind(
            lane=lane,
            registry=cast("Registry", registry),
            store=store,
            publisher=Publisher(_TOPICS),
            metrics=_METRICS[lane],
            policy=policy,
            clock=lambda: self.now,
        )

    async def decide(self, records: Sequence[Record], refused: Mapping[Place, Refusal]) -> Any:  # noqa: ANN401 - only compared
        prepared = await self._handler.prepare(records, self.ownership, refused)
        return {
            "records": prepared.records,
            "outgoing": prepared.outgoing,
            "valid until": prepared.valid_until,
            "tally": _tally(prepared),
            "stored": self.store.state,
            "attempted": self.ownership.attempted,
        }


def _first_difference(made: Any, by_rules: Any) -> str:  # noqa: ANN401 - only printed
    if isinstance(made, list):
        made, by_rules = next(
            (pair for pair in zip_longest(made, by_rules) if pair[0] != pair[1]), (made, by_rules)
        )
    return f"{made}\nby the rules: {by_rules}"


def _tally(prepared: Prepared) -> object:
    report = cast("Any", prepared.on_committed)
    return report.func.__self__


class Comparison:
    """Batch after batch of one installation, with what `random` draws."""

    def __init__(self, random: Random) -> None:
        draw = self._draw = Draw(random)
        self._lane = draw.one("unitary", "unitary", "high-throughput", "audience")
        forgotten = {"known-only"} if draw.maybe(0.1) else set[str]()
        self._registry = Campaigns(_TRUE, forgotten, rule_sets(count_everything=draw.maybe(0.1)))
        region = draw.one(None, "SE")
        policy = Policy("opt-out" if draw.maybe(0.3) else "opt-in", region)
        profiles, suppressions = draw_profiles(draw), draw_suppressions(draw)
        self._ways = [
            _Way(kind, self._lane, MemoryStore(self._lane, profiles, suppressions), self._registry, policy)
            for kind in (CampaignHandler, _ByRules)
        ]
        self._records = Records(draw, self._lane, list(_TRUE))

    async def run(self, batches: int) -> int:
        """Decide so many batches both ways; returns how many triggers that were. Raises DifferenceError."""
        count = 0
        records: Sequence[Record] = ()
        for _ in range(batches):
            # Some batches are decided again, as after a crash, when time has passed.
            if not records or self._draw.maybe(0.8):
                records = list(self._records.batch())
            await self._compare(records)
            count += len(records)
        return count

    async def _compare(self, records: Sequence[Record]) -> None:
        draw = self._draw
        self._registry.allow_list = AllowList(frozenset()) if draw.maybe(0.03) else None
        refused = {place_of(record): draw.one(*Refusal) for record in records if draw.maybe(0.01)}
        step = timedelta(seconds=draw.one(0, 0, 0, 0, 1, 61, 600))
        found = []
        for way in self._ways:
            way.now += step
            found.append(await way.decide(records, refused))
        express, rules = found
        for name, made in express.items():
            if made != rules[name]:
                raise DifferenceError(f"{name}: {_first_difference(made, rules[name])}\nof {records}")

"""The messages of a batch that caps count: which of them a cap excludes, and what people were sent then."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from consumer.rules.caps import find_capped, microseconds
from consumer.rules.outcome import Delivery, Exclusion, Outcome
from consumer.rules.rule_set import RuleSet, RuleSets
from consumer.store.work import CapCheck, Claim, Identity, StoredUse, Uses
from consumer.triggers.execution import Execution
from consumer.triggers.profiles import identity
from schemas.ids import DeliveryId
from schemas.place import Place
from schemas.reasons import Reason

USES_MAX: Final = 2_000
"""So many messages to one person are remembered, whatever they count for."""
_MICROSECOND: Final = timedelta(microseconds=1)


class _Wanted(NamedTuple):
    delivery: Delivery
    rule_set: RuleSet | None
    """Whose caps are asked; None for a message that is only counted."""
    owner: str
    now: datetime


class Counting(CapCheck):
    def __init__(self, rule_sets: RuleSets) -> None:
        self._rule_sets = rule_sets
        self.counted: set[Identity] = set()
        self.retried: set[Identity] = set()
        self._wanted: list[_Wanted] = []
        self._retries: set[str] = set()
        self._people: Mapping[Identity, str] = {}
        self._uses: dict[str, list[StoredUse]] = {}
        self._changed: set[str] = set()
        self._excluded: dict[DeliveryId, str] = {}
        """The detail of each delivery that a cap excludes."""

    @property
    def is_needed(self) -> bool:
        return bool(self._wanted or self.retried)

    def want(self, executions: Iterable[Execution], retries: Collection[Execution]) -> None:
        """Count all that these deliver as far as a cap says so. What they had counted before is undone."""
        if not self._rule_sets.have_caps:
            return
        for execution in executions:
            rule_set = execution.rule_set if execution.rule_set and execution.rule_set.caps else None
            if rule_set or self._rule_sets.count_everything:
                owner = str(execution.call.place)
                for delivery in execution.deliveries():
                    self._wanted.append(_Wanted(delivery, rule_set, owner, execution.now))
                    self.counted.add(identity(delivery.recipient))
        for retry in retries:
            self._retries.add(str(retry.call.place))
            self.retried.update(map(identity, retry.call.all_recipients()))

    def decide(self, uses: Uses, owners: Mapping[DeliveryId, Place]) -> Collection[DeliveryId]:
        """Rule 16, in the order of the triggers. A duplicate asks no cap, and takes nobody's place."""
        self._people = uses.people
        for person, known in uses.by_person.items():
            kept = [use for use in known if use.owner not in self._retries] if self._retries else [*known]
            self._uses[person] = kept
            if len(kept) < len(known):
                self._changed.add(person)
        seen: set[DeliveryId] = set()
        for wanted in self._wanted:
            id_ = wanted.delivery.delivery_id
            if id_ not in seen and (id_ not in owners or str(owners[id_]) == wanted.owner):
                self._decide(wanted)
            seen.add(id_)
        return self._excluded.keys()

    def _decide(self, wanted: _Wanted) -> None:
        delivery, rule_set = wanted.delivery, wanted.rule_set
        person = self._people[identity(delivery.recipient)]
        uses = self._uses.setdefault(person, [])
        if rule_set:
            capped = find_capped(
                rule_set.caps, rule_set.id, delivery.channel, uses, now=wanted.now, zone=rule_set.zone
            )
            if capped:
                self._excluded[delivery.delivery_id] = rule_set.explain(capped)
                return
        name = rule_set.id if rule_set else None
        at = microseconds(wanted.now)
        uses.append(StoredUse(at, delivery.channel.value, name, delivery.delivery_id, wanted.owner))
        self._changed.add(person)

    def uses_after(self, lost: Mapping[DeliveryId, Claim]) -> Mapping[str, Sequence[StoredUse]]:
        """Without deliveries that turned out to be another record's, and what no cap can count any more."""
        if lost:
            mine = {wanted.owner for wanted in self._wanted}
            for person in self._changed:
                uses = self._uses[person]
                uses[:] = [use for use in uses if not (use.delivery_id in lost and use.owner in mine)]
        return {person: self._remembered(self._uses[person]) for person in self._changed}

    def _remembered(self, uses: list[StoredUse]) -> list[StoredUse]:
        if not uses:
            return uses
        since = uses[-1].at - self._rule_sets.longest // _MICROSECOND
        return [use for use in uses[-USES_MAX:] if use.at > since]

    def settle(self, executions: Iterable[Execution]) -> None:
        """Exclude what a cap excludes."""
        for execution in executions if self._excluded else ():
            execution.outcomes = [self._settled(outcome) for outcome in execution.outcomes]

    def _settled(self, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Delivery) and (detail := self._excluded.get(outcome.delivery_id)):
            return Exclusion(Reason.CAPPED, outcome.recipient, outcome.channel, detail)
        return outcome

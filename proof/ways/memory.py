"""What both ways ask: campaigns, and a store that does in memory what the database does."""

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from consumer.campaigns.state import CampaignState
from consumer.rules.allow_list import AllowList
from consumer.rules.campaign import Campaign
from consumer.rules.rule_set import RuleSets
from consumer.store.batch import BatchStore
from consumer.store.errors import DatabaseDataError
from consumer.store.work import (
    Address,
    CapCheck,
    Claim,
    Identity,
    StoredProfile,
    StoredUse,
    Uses,
    Work,
    Written,
)
from schemas.ids import DeliveryId

POISON = "poison@example.com"
"""The address that the database refuses."""


class Campaigns:
    """The registry. What memory does not know of, the database does."""

    def __init__(
        self,
        true: Mapping[str, CampaignState | None],
        forgotten: Collection[str],
        rule_sets: RuleSets,
    ) -> None:
        self._true = true
        self._forgotten = forgotten
        self.allow_list: AllowList | None = None
        self.rule_sets = rule_sets

    def campaign(self, campaign_id: str) -> Campaign | None:
        found = None if campaign_id in self._forgotten else self._true.get(campaign_id)
        return found if isinstance(found, Campaign) else None

    async def read_afresh(self, campaign_ids: Collection[str]) -> dict[str, CampaignState | None]:
        return {id_: self._true.get(id_) for id_ in campaign_ids}

    async def read_rule_sets_afresh(self) -> RuleSets:
        return self.rule_sets


class MemoryStore(BatchStore):
    def __init__(
        self,
        lane: str,
        profiles: Mapping[Identity, StoredProfile],
        suppressions: Mapping[Address, Collection[str]],
    ) -> None:
        self.records_at_once = 4 if lane == "high-throughput" else sys.maxsize
        self._is_used = lane != "high-throughput"
        self._suppressions = suppressions if self._is_used else {}
        self.profiles = dict(profiles) if self._is_used else {}
        self.claims: dict[DeliveryId, Claim] = {}
        self.uses: dict[str, Sequence[StoredUse]] = {}

    @property
    def state(self) -> Any:  # noqa: ANN401 - only compared
        return self.profiles, self.claims, self.uses

    async def find_profiles(self, identities: Iterable[Identity]) -> Mapping[Identity, StoredProfile]:
        return {each: self.profiles[each] for each in set(identities) if each in self.profiles}

    async def find_suppressions(self, addresses: Iterable[Address]) -> Mapping[Address, Collection[str]]:
        return {each: self._suppressions[each] for each in set(addresses) if each in self._suppressions}

    async def write(self, work: Work) -> Written:
        if not self._is_used:
            return Written({}, {})
        if any(value == POISON for _, value in work.creations):
            raise DatabaseDataError("it is poison")
        for identity, creation in work.creations.items():
            # Not the id that was asked for, which is drawn: as if somebody else had been faster.
            id_ = str(uuid5(NAMESPACE_URL, "/".join(identity)))
            self.profiles.setdefault(identity, StoredProfile(id_, {}, {}, creation.creator))
        for id_, owner in work.releases:
            if (held := self.claims.get(id_)) and held.owner == owner:
                del self.claims[id_]
        created = {each: self.profiles[each] for each in work.creations}
        if work.cap_check is None:
            return Written(created, self._claim(work.claims))
        return Written(created, self._claim_by_caps(work, work.cap_check))

    def _claim(self, claims: Mapping[DeliveryId, Claim]) -> Mapping[DeliveryId, Claim]:
        return {
            id_: held
            for id_, claim in claims.items()
            if (held := self.claims.setdefault(id_, claim)).owner != claim.owner
        }

    def _claim_by_caps(self, work: Work, check: CapCheck) -> Mapping[DeliveryId, Claim]:
        people = {each: ":".join(each) for each in {*check.counted, *check.retried}}
        uses = Uses(people, {each: self.uses.get(each, ()) for each in people.values()})
        owners = {id_: self.claims[id_].owner for id_ in work.claims if id_ in self.claims}
        excluded = check.decide(uses, owners)
        for id_ in excluded:
            if (held := self.claims.get(id_)) and held.owner == work.claims[id_].owner:
                del self.claims[id_]
        lost = self._claim({id_: each for id_, each in work.claims.items() if id_ not in excluded})
        self.uses.update(check.uses_after(lost))
        return lost

"""One version tried on past triggers: the consumer's own rules and templates; nothing is sent or written."""

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence

from consumer.exactly_once.handler import Ownership
from consumer.kafka.record import Record
from consumer.kafka.topics import LANES, Topics
from consumer.rules.campaign import Campaign, NotLive
from consumer.rules.policy import Policy
from consumer.store.batch import BatchStore, NoBatchStore
from consumer.store.work import Address, Claim, Identity, StoredProfile, Work, Written
from consumer.triggers.batch import Batch
from consumer.triggers.call import read_call
from consumer.triggers.execute import execute
from consumer.triggers.execution import Execution, begin
from consumer.triggers.publish import Publisher
from consumer.triggers.terms import Terms
from schemas.ids import DeliveryId


class Trial:
    """Each trigger is judged as of its own timestamp; profiles, consents and suppressions are today's.

    The allow list does not count: nothing is sent, and it would hide how the versions differ.
    """

    def __init__(
        self,
        campaign_id: str,
        campaign: Campaign | NotLive,
        *,
        store: BatchStore,
        topics: Topics,
        policy: Policy,
    ) -> None:
        self._campaigns = {campaign_id: campaign}
        self._publisher = Publisher(topics)
        self._policy = policy
        self._lanes = {topics.triggers(lane): lane for lane in LANES}
        self._unitary_store = MemoryClaims(store)

    async def judge(self, records: Sequence[Record]) -> list[Execution]:
        """The records of one topic with their outcomes, in their order."""
        topic = records[0].topic
        lane = self._lanes[topic]
        store = NoBatchStore() if lane == "high-throughput" else self._unitary_store
        calls = [read_call(record) for record in records]
        found: list[Execution] = []
        # A batch ends early where its output fills it.
        while len(found) < len(calls):
            rest = [begin(call, call.received_at) for call in calls[len(found) :]]
            batch = Batch(rest, Ownership("", topic, {}), Terms(lane, self._publisher, self._policy))
            found += await execute(batch, self._campaigns, store)
        return found


class MemoryClaims(BatchStore):
    """Looks up what is stored, writes nothing, and claims as if no trigger had come before."""

    records_at_once = sys.maxsize

    def __init__(self, store: BatchStore) -> None:
        self._store = store
        self._claims: dict[DeliveryId, Claim] = {}

    async def find_profiles(self, identities: Iterable[Identity]) -> Mapping[Identity, StoredProfile]:
        return await self._store.find_profiles(identities)

    async def find_suppressions(self, addresses: Iterable[Address]) -> Mapping[Address, Collection[str]]:
        return await self._store.find_suppressions(addresses)

    async def write(self, work: Work) -> Written:
        lost = {}
        for id_, claim in work.claims.items():
            held = self._claims.setdefault(id_, claim)
            if held.owner != claim.owner:
                lost[id_] = held
        return Written({}, lost)

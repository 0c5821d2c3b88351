"""One version tried on past triggers: the consumer's own rules and templates; nothing is sent or written."""

from collections.abc import Sequence
from itertools import chain

from consumer.exactly_once.handler import Ownership
from consumer.kafka.record import Record
from consumer.kafka.topics import LANES, Topics
from consumer.rules.campaign import Campaign, NotLive
from consumer.rules.policy import Policy
from consumer.store.batch import BatchStore, NoBatchStore
from consumer.store.work import Claim, Work, Written
from consumer.triggers.batch import Draft
from consumer.triggers.call import Call, read_call
from consumer.triggers.publish import Publisher
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
        self._store = store
        self._publisher = Publisher(topics)
        self._policy = policy
        self._lanes = {topics.triggers(lane): lane for lane in LANES}
        self._claims: dict[DeliveryId, Claim] = {}

    async def judge(self, records: Sequence[Record]) -> list[Call]:
        """The records of one topic with their outcomes, in their order."""
        lane = self._lanes[records[0].topic]
        is_unitary = lane == "unitary"
        store = self._store if is_unitary else NoBatchStore()
        drafts = [self._draft(record, lane) for record in records]
        for draft in drafts:
            draft.judge_triggers(self._campaigns)
        profiles = await store.find_profiles(chain.from_iterable(draft.identities() for draft in drafts))
        for draft in drafts:
            draft.judge_recipients(profiles)
        suppressions = await store.find_suppressions(
            chain.from_iterable(draft.addresses() for draft in drafts)
        )
        for draft in drafts:
            draft.compose(suppressions)
            work = draft.work()
            draft.settle(self._claim(work) if is_unitary else Written({}, {}))
        return [call for draft in drafts for call in draft.calls]

    def _draft(self, record: Record, lane: str) -> Draft:
        """Of one record, as each has its own time."""
        call = read_call(record)
        ownership = Ownership("", record.topic, {})
        return Draft(
            [call],
            ownership,
            lane=lane,
            publisher=self._publisher,
            now=call.received_at,
            policy=self._policy,
        )

    def _claim(self, work: Work) -> Written:
        """As the database would, were these the first triggers that it meets."""
        lost = {}
        for id_, claim in work.claims.items():
            held = self._claims.setdefault(id_, claim)
            if held.owner != claim.owner:
                lost[id_] = held
        return Written({}, lost)

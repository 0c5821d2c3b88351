"""A version tried on triggers by the very code that executes them; nothing is written or sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import orjson
from aiokafka.structs import ConsumerRecord

from consumer.backtest.trial import MemoryClaims
from consumer.campaigns.choosing import build_version
from consumer.campaigns.errors import LifecycleError
from consumer.campaigns.rule_sets import HeldRuleSets
from consumer.exactly_once.handler import Ownership
from consumer.kafka.record import Record
from consumer.kafka.topics import Topics
from consumer.rules.allow_list import AllowList
from consumer.rules.campaign import Campaign, CampaignChannel
from consumer.rules.experiment import Experiment
from consumer.rules.policy import Policy
from consumer.rules.rule_set import RuleSets
from consumer.store.allow_list import read_allow_list_state, read_allowed
from consumer.store.batch import BatchStore, DatabaseBatchStore, NoBatchStore
from consumer.store.campaigns import Version
from consumer.store.database import Database
from consumer.triggers.batch import Batch
from consumer.triggers.call import read_call
from consumer.triggers.execute import execute
from consumer.triggers.execution import Execution, begin
from consumer.triggers.publish import Publisher
from consumer.triggers.terms import Terms
from schemas.json import JsonObject

_SAMPLE_ADDRESSES: Final[JsonObject] = {
    "emailAddress": "sample@example.com",
    "mobilePhoneNumber": "+12025550142",
    "pushInfo": {"token": "sample"},
}


@dataclass(frozen=True, slots=True)
class Trial:
    campaign: Campaign
    store: BatchStore
    topics: Topics
    policy: Policy
    allow_list: AllowList | None
    rule_sets: RuleSets

    async def judge(self, triggers: Sequence[JsonObject], now: datetime) -> list[Execution]:
        """What would become of each right now. Caps are not counted, and nothing is claimed."""
        terms = Terms(
            self.campaign.lane, Publisher(self.topics), self.policy, self.allow_list, self.rule_sets
        )
        return await self._execute(self.campaign, triggers, terms, now)

    async def render(self, triggers: Sequence[JsonObject], now: datetime) -> list[Execution]:
        """The same with every message that can be rendered, whoever would be kept from getting it."""
        addressed = [_with_addresses(trigger) for trigger in triggers]
        terms = Terms("unitary", Publisher(self.topics), self.policy)
        return await self._execute(lenient(self.campaign), addressed, terms, now)

    async def prove(self, triggers: Sequence[JsonObject], now: datetime) -> list[Execution]:
        """As for a proof: only the addresses and the allow list can keep somebody from getting it."""
        terms = Terms("unitary", Publisher(self.topics), self.policy, self.allow_list)
        return await self._execute(lenient(self.campaign), triggers, terms, now)

    async def _execute(
        self, campaign: Campaign, triggers: Sequence[JsonObject], terms: Terms, now: datetime
    ) -> list[Execution]:
        topic = self.topics.triggers(terms.lane)
        store = NoBatchStore() if terms.lane == "high-throughput" else MemoryClaims(self.store)
        calls = [read_call(_record(topic, offset, trigger, now)) for offset, trigger in enumerate(triggers)]
        for call in calls:
            if call.read.campaign_id not in {None, campaign.id}:
                raise LifecycleError(
                    f"The trigger is for the campaign '{call.read.campaign_id}', not for '{campaign.id}'."
                )
        found: list[Execution] = []
        # A batch ends early where its output fills it.
        while len(found) < len(calls):
            rest = [begin(call, now) for call in calls[len(found) :]]
            found += await execute(
                Batch(rest, Ownership("", topic, {}), terms), {campaign.id: campaign}, store
            )
        return found


async def prepare_trial(
    database: Database, version: Version, *, topics: Topics, policy: Policy, treatment: str | None = None
) -> Trial:
    """Raises LifecycleError when the version cannot be executed, or has no such treatment."""
    rule_sets = HeldRuleSets()
    async with database.connection() as connection:
        campaign = await build_version(connection, version)
        is_on = (await read_allow_list_state(connection)).is_on
        allow_list = AllowList(await read_allowed(connection)) if is_on else None
        await rule_sets.catch_up(connection)
    chosen = _with_treatment(campaign, treatment) if treatment else campaign
    return Trial(chosen, DatabaseBatchStore(database), topics, policy, allow_list, rule_sets.current)


def lenient(campaign: Campaign) -> Campaign:
    """The campaign as it would be if it asked nothing of anybody."""
    experiment = campaign.experiment
    if experiment and None in experiment.weights:
        weights: dict[str | None, float] = {
            name: weight for name, weight in experiment.weights.items() if name is not None
        }
        experiment = Experiment(experiment.name, weights)
    return replace(
        campaign,
        start=None,
        end=None,
        max_age=None,
        lane="unitary",
        message_type="transactional",
        create_profiles=True,
        experiment=experiment,
        rule_set=None,
    )


def _with_treatment(campaign: Campaign, treatment: str) -> Campaign:
    known = dict.fromkeys(name for plan in campaign.channels for name in plan.treatments)
    if treatment not in known:
        names = f"; there are {', '.join(known)}" if known else ""
        raise LifecycleError(f"Campaign '{campaign.id}' has no treatment '{treatment}'{names}.")
    channels = tuple(_treated(plan, treatment) for plan in campaign.channels)
    return replace(campaign, channels=channels, experiment=None)


def _treated(plan: CampaignChannel, treatment: str) -> CampaignChannel:
    return plan.treatments.get(treatment, plan)


def _with_addresses(trigger: JsonObject) -> JsonObject:
    recipients = trigger.get("recipients")
    if not isinstance(recipients, list):
        return trigger
    addressed = [
        {**each, "channelData": _SAMPLE_ADDRESSES} if isinstance(each, Mapping) else each
        for each in recipients
    ]
    return {**trigger, "recipients": addressed}


def _record(topic: str, offset: int, trigger: JsonObject, now: datetime) -> Record:
    value = orjson.dumps(trigger)
    timestamp = round(now.timestamp() * 1_000)
    return ConsumerRecord(topic, 0, offset, timestamp, 1, None, value, None, -1, len(value), ())

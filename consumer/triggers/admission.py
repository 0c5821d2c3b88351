"""Judging a call before it becomes a record: what can be known at once, by the rules of the consumer.

Rule 6 is about a record's age, and rules 10 to 13 are about channels: the consumer decides those.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from consumer.campaigns.registry import Registry
from consumer.campaigns.state import CampaignState, Unexecutable
from consumer.exactly_once.fault_points import wall_clock
from consumer.keys.principal import MaySee, sees_all
from consumer.rules.campaign import Campaign, NotLive
from consumer.rules.decide import judge_identity, judge_trigger
from consumer.rules.outcome import UNKNOWN, Rejection
from consumer.store.batch import BatchStore
from consumer.store.work import Identity, StoredProfile
from consumer.triggers.shared_lookup import SharedLookup
from schemas.json import JsonFault
from schemas.near_members import near_members
from schemas.reasons import Reason
from schemas.trigger import Recipient, Trigger, UnreadableTrigger, read_trigger


class BrokenCampaignError(Exception):
    """The campaign is live, and this Clarion cannot execute it; see the log."""


@dataclass(frozen=True, slots=True)
class Admitted:
    trigger: Trigger
    warnings: Sequence[str] = ()
    """Sentences: recipients that the consumer will reject while others pass, and members nobody reads."""


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Reason
    detail: str
    request_id: str | None = None
    campaign_id: str | None = None
    faults: Sequence[JsonFault] = ()
    """Of the call's shape."""
    campaign: Campaign | NotLive | None = None
    """As it stands, if it exists and the call could be read."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """The caller may not see the campaign, nor learn what the rules say of the call."""

    request_id: str
    campaign_id: str


class Admission:
    """Judges calls by the registry in memory. Nothing is refused before the campaign is read afresh."""

    def __init__(
        self, registry: Registry, store: BatchStore, clock: Callable[[], datetime] = wall_clock
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._campaigns: SharedLookup[str, CampaignState | None] = SharedLookup(registry.read_afresh)
        self._profiles: SharedLookup[Identity, StoredProfile] = SharedLookup(store.find_profiles)

    async def judge(self, value: bytes, lane: str, may_see: MaySee = sees_all) -> Admitted | Refused | Hidden:
        """Rules 1 to 5 and 7 to 9. Raises BrokenCampaignError and the errors of consumer.store."""
        trigger = read_trigger(value)
        if isinstance(trigger, UnreadableTrigger):
            return Refused(
                trigger.reason, trigger.detail, trigger.request_id, trigger.campaign_id, trigger.faults
            )
        id_ = trigger.campaign_id
        verdict = await self._judge(trigger, self._registry.campaign(id_), lane, may_see)
        if not isinstance(verdict, Admitted):
            campaign = (await self._campaigns.find([id_]))[id_]
            verdict = await self._judge(trigger, campaign, lane, may_see)
        if isinstance(verdict, Admitted) and (misspelled := near_members(value)):
            return replace(verdict, warnings=[*verdict.warnings, *misspelled])
        return verdict

    async def _judge(
        self, trigger: Trigger, campaign: CampaignState | None, lane: str, may_see: MaySee
    ) -> Admitted | Refused | Hidden:
        if not may_see(trigger.campaign_id, campaign.labels if campaign else ()):
            return Hidden(trigger.request_id, trigger.campaign_id)
        if isinstance(campaign, Unexecutable):
            raise BrokenCampaignError
        now = self._clock()
        judged = judge_trigger(trigger, campaign, lane=lane, received_at=now, now=now)
        if isinstance(judged, Rejection):
            return _refused(trigger, judged, campaign)
        rejections = await self._reject_recipients(trigger.recipients, judged)
        if len(rejections) == len(trigger.recipients):
            return _refused(trigger, next(iter(rejections.values())), judged)
        warnings = [f"recipients[{position}]: {found.detail}" for position, found in rejections.items()]
        return Admitted(trigger, warnings)

    async def _reject_recipients(
        self, recipients: Sequence[Recipient], campaign: Campaign
    ) -> Mapping[int, Rejection]:
        """Rules 8 and 9, by the recipient's position."""
        found = await self._find_profiles(recipients, campaign)
        judged = {
            position: judge_identity(campaign, recipient, UNKNOWN if _identity(recipient) in found else None)
            for position, recipient in enumerate(recipients)
        }
        return {position: rejection for position, rejection in judged.items() if rejection}

    async def _find_profiles(
        self, recipients: Sequence[Recipient], campaign: Campaign
    ) -> Mapping[Identity, StoredProfile]:
        """Only where it matters whether there is a profile."""
        wanted = [
            _identity(recipient)
            for recipient in recipients
            if not campaign.create_profiles
            and not recipient.external
            and recipient.namespace == campaign.namespace
        ]
        return await self._profiles.find(wanted) if wanted else {}


def _refused(trigger: Trigger, rejection: Rejection, campaign: Campaign | NotLive | None) -> Refused:
    return Refused(
        rejection.reason,
        rejection.detail,
        trigger.request_id,
        trigger.campaign_id,
        campaign=campaign,
    )


def _identity(recipient: Recipient) -> Identity:
    return recipient.namespace, recipient.user_id

"""What each rule looked at, for one recipient and channel."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from consumer.preview.trial import Trial
from consumer.rules.address import find_address
from consumer.rules.address_keys import address_keys
from consumer.rules.campaign import CampaignChannel
from consumer.rules.compose import choose_locale
from consumer.rules.outcome import UNKNOWN, Profile
from consumer.store.work import Identity, StoredProfile
from consumer.triggers.execution import Execution
from schemas.duration import format_duration
from schemas.json import merge
from schemas.trigger import Recipient

Values = Mapping[int, Mapping[str, object]]
"""By the number of the rule."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored of the people."""

    profiles: Mapping[Identity, StoredProfile]
    suppressions: Mapping[tuple[str, str], Collection[str]]
    now: datetime

    @classmethod
    async def of(cls, trial: Trial, executions: Sequence[Execution], now: datetime) -> Self:
        people = [each for execution in executions for each in execution.call.all_recipients()]
        stored = await trial.store.find_profiles(
            (each.namespace, each.user_id) for each in people if not each.external
        )
        facts = cls(stored, {}, now)
        keys = {
            (plan.channel.value, key)
            for recipient in people
            for plan in trial.campaign.channels
            for key in facts.keys(trial, recipient, plan)
        }
        return cls(stored, await trial.store.find_suppressions(keys), now)

    def profile(self, recipient: Recipient) -> Profile | None:
        stored = None if recipient.external else self.profiles.get((recipient.namespace, recipient.user_id))
        return Profile(stored.attributes, stored.consents) if stored else None

    def address(self, recipient: Recipient, plan: CampaignChannel) -> object:
        attributes = merge((self.profile(recipient) or UNKNOWN).attributes, recipient.profile)
        return find_address(plan.channel, recipient, attributes, plan.sender)

    def keys(self, trial: Trial, recipient: Recipient, plan: CampaignChannel) -> tuple[str, ...]:
        found = self.address(recipient, plan)
        is_usable = (isinstance(found, str) and "@" in found) or plan.channel != "email"
        if not found or not is_usable or not isinstance(found, str | dict):
            return ()
        return address_keys(plan.channel, found, trial.policy.phone_region)


def looked_at(
    trial: Trial, execution: Execution, recipient: Recipient, plan: CampaignChannel, facts: Facts
) -> Values:
    campaign, profile = trial.campaign, facts.profile(recipient)
    attributes = merge((profile or UNKNOWN).attributes, recipient.profile)
    wanted = [recipient.locale, attributes.get("preferredLanguage")]
    treatment = campaign.experiment.assign(campaign.id, recipient.name) if campaign.experiment else None
    treated = plan.treatments.get(treatment or "", plan)
    keys = facts.keys(trial, recipient, plan)
    consents = (profile or UNKNOWN).consents.get("marketing")
    consent = consents.get(plan.channel) if isinstance(consents, dict) else None
    suppressed = {why for key in keys for why in facts.suppressions.get((plan.channel.value, key), ())}
    return {
        1: {"bytes": len(execution.call.record.value or b"")},
        3: {"campaignId": campaign.id},
        4: {"version": campaign.version},
        5: {"start": campaign.start, "end": campaign.end, "now": facts.now},
        6: {
            "maxAge": format_duration(campaign.max_age) if campaign.max_age else None,
            "triggeredAt": execution.call.received_at,
        },
        7: {"lane": campaign.lane, "isExternal": recipient.external},
        8: {"namespace": recipient.namespace, "campaignNamespace": campaign.namespace},
        9: {
            "hasProfile": profile is not None,
            "createProfiles": campaign.create_profiles,
            "userId": recipient.user_id,
        },
        10: {"type": campaign.message_type, "consent": consent, "default": trial.policy.consent_default},
        11: {
            "address": facts.address(recipient, plan),
            "suppressed": sorted(map(str, suppressed)),
            "allowList": "off" if trial.allow_list is None else "on",
        },
        12: {
            "preferredLanguage": attributes.get("preferredLanguage"),
            "locale": choose_locale(treated, wanted, campaign.default_locale),
            "variables": {"context": merge(campaign.context, recipient.context), "profile": attributes},
        },
        14: {"experiment": campaign.experiment.name if campaign.experiment else None, "treatment": treatment},
        15: {"ruleSet": campaign.rule_set, "timeZone": attributes.get("timeZone"), "now": facts.now},
        16: {"ruleSet": campaign.rule_set, "counted": False},
        13: {"claimed": False},
    }

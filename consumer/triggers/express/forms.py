"""What is known of a campaign before its triggers are read; None where that is not all there is to know."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Final, NamedTuple

from consumer.rules.campaign import Campaign, CampaignChannel
from consumer.rules.decide import judge_campaign, judge_lane
from consumer.rules.outcome import Rejection
from consumer.triggers.form import DeliveryForm
from consumer.triggers.terms import Terms

# A member that is not named here is one of which this room knows nothing: a campaign that has it is left.
_OF_CAMPAIGNS: Final = (
    "id version message_type namespace create_profiles start end max_age lane default_locale context channels"
    # Rules do not ask for these.
    " audience throttle labels"
)
_OF_CHANNELS: Final = "channel configuration sender contents"


def _others(kind: type, known: str) -> list[str]:
    return [field.name for field in fields(kind) if field.name not in known.split()]


_UNKNOWN: Final = _others(Campaign, _OF_CAMPAIGNS)
_UNKNOWN_OF_CHANNELS: Final = _others(CampaignChannel, _OF_CHANNELS)


class Form(NamedTuple):
    campaign: Campaign
    namespace: str
    channels: list[DeliveryForm]
    takes_stored: bool
    """Recipients that have a profile."""
    asks_consent: bool


class Forms(dict[str, Form | None]):
    """The forms of the campaigns that are open on one lane at one instant, each asked for once."""

    def __init__(self, campaign_of: Callable[[str], Campaign | None], terms: Terms, now: datetime) -> None:
        super().__init__()
        self._campaign_of = campaign_of
        self._terms = terms
        self.now = now

    def __missing__(self, campaign_id: str) -> Form | None:
        campaign = self._campaign_of(campaign_id)
        form = self[campaign_id] = self._form(campaign) if campaign and self._takes(campaign) else None
        return form

    def _takes(self, campaign: Campaign) -> bool:
        """Rules 3 to 5 and 7: what the registry in memory would reject is left, to be read afresh."""
        rule_sets = self._terms.rule_sets
        return (
            # Then every delivery is counted.
            not (rule_sets and rule_sets.count_everything)
            and not isinstance(judge_campaign(campaign.id, campaign, self.now), Rejection)
            and judge_lane(campaign, self._terms.lane) is None
            and not any(getattr(campaign, name) for name in _UNKNOWN)
            and not any(getattr(plan, name) for plan in campaign.channels for name in _UNKNOWN_OF_CHANNELS)
        )

    def _form(self, campaign: Campaign) -> Form:
        return Form(
            campaign,
            campaign.namespace,
            [self._terms.publisher.form(campaign, plan) for plan in campaign.channels],
            takes_stored=self._terms.has_database,
            asks_consent=campaign.message_type == "marketing",
        )

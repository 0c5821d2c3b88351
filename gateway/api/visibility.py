"""Which campaigns a caller sees: those that the key's campaigns and labels allow."""

from consumer.campaigns.lifecycle import Check
from consumer.store.campaigns import StoredCampaign
from gateway.access import hidden_campaign
from gateway.api.operation import Invocation
from gateway.api.refusal import RefusalError


def sees(call: Invocation, campaign: StoredCampaign) -> bool:
    labels = campaign.current.definition.get("labels")
    return call.caller.may_see(campaign.id, labels if isinstance(labels, list) else [])


def check_seen(call: Invocation) -> Check:
    """Refuses a campaign that the caller does not see."""

    def check(campaign: StoredCampaign | None) -> None:
        if campaign and not sees(call, campaign):
            raise RefusalError(hidden_campaign())

    return check


def refuse_hidden(call: Invocation, campaign_id: str | None) -> None:
    """Of what belongs to a campaign, or to none. Raises RefusalError."""
    if not call.caller.sees_all and campaign_id not in _visible(call):
        raise RefusalError(hidden_campaign())


def narrowed(call: Invocation, wanted: frozenset[str]) -> frozenset[str] | None:
    """The wanted campaigns (none: all) as far as the caller sees them; None when there are none."""
    if call.caller.sees_all:
        return wanted
    visible = frozenset(_visible(call))
    return (wanted & visible if wanted else visible) or None


def _visible(call: Invocation) -> set[str]:
    return call.services.registry.visible(call.caller.may_see)

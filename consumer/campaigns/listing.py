"""Campaigns as they are listed: one answer for every door. Templates need not be loaded for it."""

from datetime import UTC, datetime

from consumer.campaigns.status import bound, draft_beside, status
from consumer.store.campaigns import StoredCampaign
from schemas.channel import Channel


def row(campaign: StoredCampaign) -> dict[str, object]:
    """In a list; the campaign may be without templates and context, as `list_campaigns` gives it."""
    current, definition = campaign.current, campaign.current.definition
    channels = definition["channels"]
    return {
        "id": campaign.id,
        "title": definition["title"],
        "type": definition["type"],
        "lane": definition["lane"],
        "status": status(campaign, datetime.now(UTC)),
        "version": current.number,
        "draft": draft_beside(campaign),
        "start": bound(campaign, "start"),
        "end": bound(campaign, "end"),
        "channels": [channel for channel in Channel if isinstance(channels, dict) and channel in channels],
    }

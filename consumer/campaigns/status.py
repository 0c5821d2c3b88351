"""A campaign's status as people see it: what is stored, and what follows from the dates."""

from datetime import datetime
from typing import Literal

from consumer.store.campaigns import StoredCampaign

Status = Literal["draft", "scheduled", "live", "completed", "paused", "stopped", "archived"]


def status(campaign: StoredCampaign, now: datetime) -> Status:
    """`scheduled` is live with its start ahead, `completed` is live with its end passed."""
    if campaign.status != "live":
        return campaign.status
    start, end = bound(campaign, "start"), bound(campaign, "end")
    if start and now < start:
        return "scheduled"
    return "completed" if end and now >= end else "live"


def bound(campaign: StoredCampaign, name: Literal["start", "end"]) -> datetime | None:
    """The start or the end of the current version's date window, if it has one."""
    text = campaign.current.definition.get(name)
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def draft_beside(campaign: StoredCampaign) -> int | None:
    """The number of the draft that waits beside a live version."""
    return campaign.draft.number if campaign.live and campaign.draft else None

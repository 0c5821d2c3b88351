"""A campaign's status as people see it: what is stored, and what follows from the dates."""

from datetime import datetime
from typing import Literal

from consumer.store.campaigns import StoredCampaign

Status = Literal["draft", "scheduled", "live", "completed", "stopped", "archived"]


def status(campaign: StoredCampaign, now: datetime) -> Status:
    """`scheduled` is live with its start ahead, `completed` is live with its end passed."""
    if campaign.status != "live":
        return campaign.status
    start, end = (_bound(campaign, name) for name in ("start", "end"))
    if start and now < start:
        return "scheduled"
    return "completed" if end and now >= end else "live"


def _bound(campaign: StoredCampaign, name: str) -> datetime | None:
    text = campaign.current.definition.get(name)
    return datetime.fromisoformat(text) if isinstance(text, str) else None

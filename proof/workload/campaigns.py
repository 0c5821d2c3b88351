"""The campaigns of the proof, as files would have them, and the few facts about them that the model needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from proof.workload.request import Json

CHANNELS = ("email", "sms", "push")
"""In the order in which a campaign's channels are tried."""

CONFIGURATIONS: dict[str, Json] = {
    "proof-email": {"channel": "email", "from": "Proof <proof@clarion.example>"},
    "proof-sms": {"channel": "sms", "from": "PROOF"},
    "proof-push": {"channel": "push", "appId": "example.clarion.proof"},
}

_NOTE = "{{ context.note }}"
_LINE = "{{ context.note }} for {{ recipient.userId }}"
_CONTENT: dict[str, Json] = {
    "email": {"subject": _NOTE, "text": _LINE},
    "sms": {"text": _LINE},
    "push": {"title": _NOTE, "body": _LINE},
}

YEAR = timedelta(days=365)
WINDOW_SECONDS = 15.0
"""How far apart the ends of the campaigns are that end during the proof."""


@dataclass(frozen=True, slots=True)
class Campaign:
    id: str
    channels: tuple[str, ...] = ("email",)
    is_marketing: bool = False
    creates_profiles: bool = True
    lane: str = "unitary"
    start: datetime | None = None
    end: datetime | None = None
    is_stopped: bool = False

    def file(self) -> Json:
        """As a person would write it."""
        file: dict[str, Any] = {
            "id": self.id,
            "title": self.id,
            "type": "marketing" if self.is_marketing else "transactional",
            "namespace": "email",
            "createProfiles": self.creates_profiles,
            "lane": self.lane,
            "channels": {
                channel: {"configuration": f"proof-{channel}", "content": {"en": _CONTENT[channel]}}
                for channel in self.channels
            },
        }
        bounds = {"start": self.start, "end": self.end}
        return file | {name: moment.isoformat() for name, moment in bounds.items() if moment}


RECEIPT = Campaign("proof-receipt")
ALERT = Campaign("proof-alert", channels=CHANNELS)
OFFER = Campaign("proof-offer", is_marketing=True, creates_profiles=False)
CLOSED = Campaign("proof-closed", creates_profiles=False)
STOPPED = Campaign("proof-stopped", is_stopped=True)
EARLY = Campaign("proof-early", start=datetime.now(UTC) + YEAR)
LATE = Campaign("proof-late", end=datetime.now(UTC) - YEAR)
BULK = Campaign("proof-bulk", creates_profiles=False, lane="high-throughput")

ALWAYS = (RECEIPT, ALERT, OFFER, CLOSED, STOPPED, EARLY, LATE, BULK)
REJECTING = {
    "unknown_campaign": Campaign("proof-unknown"),
    "campaign_not_live": STOPPED,
    "before_start": EARLY,
    "after_end": LATE,
    "wrong_lane": BULK,
}
"""Campaigns by the reason for which they reject every trigger as a whole."""


def ending_campaigns(started_at: datetime, seconds: float) -> Iterator[Campaign]:
    """Campaigns that end one after the other while triggers for them are under way."""
    for number in range(1, int(seconds / WINDOW_SECONDS) + 2):
        end = started_at + timedelta(seconds=number * WINDOW_SECONDS)
        yield Campaign(f"proof-window-{number}", end=end)

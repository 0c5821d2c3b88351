"""A campaign as `clarion campaigns list` and `show` present it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cli.output import as_yaml, shown
from consumer.campaigns import lifecycle
from consumer.campaigns.lifecycle import LifecycleError
from consumer.campaigns.status import Status, bound, status
from consumer.store.campaigns import StoredCampaign, Version, find_version
from consumer.store.database import Connection
from schemas.channel import Channel
from schemas.json import JsonObject

COLUMNS: Final = [
    "id", "title", "type", "lane", "status", "version", "draft", "start", "end", "channels",
]  # fmt: skip


def row(campaign: StoredCampaign) -> dict[str, object]:
    current, definition = campaign.current, campaign.current.definition
    channels = definition["channels"]
    return {
        "id": campaign.id,
        "title": definition["title"],
        "type": definition["type"],
        "lane": definition["lane"],
        "status": _status(campaign),
        "version": current.number,
        "draft": _draft_beside(campaign),
        "start": bound(campaign, "start"),
        "end": bound(campaign, "end"),
        "channels": [channel for channel in Channel if isinstance(channels, dict) and channel in channels],
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a campaign."""

    campaign: StoredCampaign
    version: Version

    def document(self) -> dict[str, object]:
        return {
            "id": self.campaign.id,
            "status": _status(self.campaign),
            "draft": _draft_beside(self.campaign),
            "createdAt": self.campaign.created_at,
            "archivedAt": self.campaign.archived_at,
            "version": self.version.number,
            "versionStatus": self.version.status,
            "versionCreatedAt": self.version.created_at,
            "activatedAt": self.version.activated_at,
            "stoppedAt": self.version.stopped_at,
            "definition": self._definition(),
        }

    def text(self) -> str:
        """YAML, which `clarion campaigns apply` reads again."""
        document = self.document()
        definition = document.pop("definition")
        head = "".join(f"# {name}: {shown(value)}\n" for name, value in document.items() if value is not None)
        return head + as_yaml(definition)

    def _definition(self) -> JsonObject:
        # PostgreSQL keeps no order of members; the file's own order is the schema's.
        file = lifecycle.read_definition(self.version)
        return file.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


async def find_shown(connection: Connection, campaign_id: str, number: int | None) -> Shown:
    """The version, or the current one. Raises LifecycleError when there is none."""
    campaign = await lifecycle.find(connection, campaign_id)
    if number is None:
        return Shown(campaign, campaign.current)
    if version := await find_version(connection, campaign_id, number):
        return Shown(campaign, version)
    raise LifecycleError(
        f"Campaign '{campaign_id}' has no version {number}; its last is {campaign.last.number}."
    )


def _status(campaign: StoredCampaign) -> Status:
    return status(campaign, datetime.now(UTC))


def _draft_beside(campaign: StoredCampaign) -> int | None:
    return campaign.draft.number if campaign.live and campaign.draft else None

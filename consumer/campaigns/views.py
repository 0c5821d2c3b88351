"""One version of a campaign as it is shown: one answer for every door."""

from dataclasses import dataclass
from datetime import UTC, datetime

from consumer.campaigns import lifecycle
from consumer.campaigns.errors import UnknownVersionError
from consumer.campaigns.status import draft_beside, status
from consumer.store.campaigns import StoredCampaign, Version, find_version
from consumer.store.database import Connection
from schemas.json import JsonObject


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a campaign."""

    campaign: StoredCampaign
    version: Version

    def document(self) -> dict[str, object]:
        return {
            "id": self.campaign.id,
            "status": status(self.campaign, datetime.now(UTC)),
            "draft": draft_beside(self.campaign),
            "createdAt": self.campaign.created_at,
            "archivedAt": self.campaign.archived_at,
            "version": self.version.number,
            "versionStatus": self.version.status,
            "versionCreatedAt": self.version.created_at,
            "activatedAt": self.version.activated_at,
            "stoppedAt": self.version.stopped_at,
            "definition": self._definition(),
        }

    def _definition(self) -> JsonObject:
        # PostgreSQL keeps no order of members; the file's own order is the schema's.
        return lifecycle.read_definition(self.version).written()


async def find_shown(connection: Connection, campaign_id: str, number: int | None = None) -> Shown:
    """The version, or the current one. Raises LifecycleError when there is none."""
    campaign = await lifecycle.find(connection, campaign_id)
    if number is None:
        return Shown(campaign, campaign.current)
    if version := await find_version(connection, campaign_id, number):
        return Shown(campaign, version)
    raise UnknownVersionError(campaign_id, number, campaign.last.number)

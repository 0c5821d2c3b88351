"""What is recorded of a campaign's life, in the audit."""

from consumer.audit.record import record
from consumer.store.campaigns import StoredCampaign, Version
from consumer.store.database import Connection
from schemas.json import JsonObject


async def draft(
    connection: Connection,
    campaign: StoredCampaign | None,
    campaign_id: str,
    number: int,
    definition: JsonObject,
) -> None:
    """Before it was: the draft it replaces, else the current version."""
    before = campaign and (campaign.draft or campaign.current)
    await record(
        connection,
        "campaign.apply",
        campaign_id,
        before={"version": before.number, "definition": before.definition} if before else None,
        after={"version": number, "definition": definition},
    )


async def activation(connection: Connection, campaign: StoredCampaign, version: Version) -> None:
    await record(
        connection,
        "campaign.activate",
        campaign.id,
        before={"liveVersion": campaign.live.number} if campaign.live else None,
        after={"liveVersion": version.number},
    )


async def stop(connection: Connection, campaign: StoredCampaign) -> None:
    before = {"liveVersion": campaign.live.number} if campaign.live else None
    await record(connection, "campaign.stop", campaign.id, before=before)


async def resume(connection: Connection, campaign: StoredCampaign) -> None:
    before, after = {"status": "paused"}, {"status": "live"}
    await record(connection, "campaign.resume", campaign.id, before=before, after=after)


async def archiving(connection: Connection, campaign: StoredCampaign) -> None:
    before, after = {"status": campaign.status}, {"status": "archived"}
    await record(connection, "campaign.archive", campaign.id, before=before, after=after)


async def duplication(connection: Connection, new_id: str, campaign_id: str, source: Version) -> None:
    after = {"version": 1, "copyOf": campaign_id, "copyOfVersion": source.number}
    await record(connection, "campaign.duplicate", new_id, after=after)

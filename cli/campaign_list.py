"""`clarion campaigns list`."""

from datetime import UTC, datetime
from typing import Final

from cli.database import with_database
from cli.output import JsonOption, print_table
from consumer.campaigns.status import bound, draft_beside, status
from consumer.store.campaigns import StoredCampaign, list_campaigns
from consumer.store.database import Database
from schemas.channel import Channel

COLUMNS: Final = [
    "id", "title", "type", "lane", "status", "version", "draft", "start", "end", "channels",
]  # fmt: skip


def list_all(*, json: JsonOption = False) -> None:
    """List all campaigns with their status."""

    async def find(database: Database) -> list[dict[str, object]]:
        async with database.connection() as connection:
            return [_row(campaign) for campaign in await list_campaigns(connection)]

    print_table(COLUMNS, with_database(find), as_json=json)


def _row(campaign: StoredCampaign) -> dict[str, object]:
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

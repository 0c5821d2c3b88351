"""`clarion campaigns list`."""

from typing import Final

from cli.database import with_database
from cli.output import JsonOption, print_table
from consumer.campaigns.listing import row
from consumer.store.campaigns import list_campaigns
from consumer.store.database import Database

COLUMNS: Final = [
    "id", "title", "type", "lane", "status", "version", "draft", "start", "end", "channels",
]  # fmt: skip


def list_all(*, json: JsonOption = False) -> None:
    """List all campaigns with their status."""

    async def find(database: Database) -> list[dict[str, object]]:
        async with database.connection() as connection:
            return [row(campaign) for campaign in await list_campaigns(connection)]

    print_table(COLUMNS, with_database(find), as_json=json)

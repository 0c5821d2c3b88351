"""`clarion campaigns`: sample and schema."""

from typing import Annotated
from uuid import uuid4

import typer

from cli.database import with_database
from cli.output import print_json
from config.loading import load_settings
from consumer.campaigns.choosing import find_file
from consumer.campaigns.contract import trigger_schema
from consumer.campaigns.sample import sample_trigger
from consumer.campaigns.snippets import Client, snippet
from consumer.kafka.topics import Topics
from consumer.store.database import Database
from schemas.campaign import CampaignFile

CampaignId = Annotated[str, typer.Argument(metavar="ID", show_default=False)]
VersionOption = Annotated[
    str | None, typer.Option(metavar="N|draft|live", help="Another version than the current.")
]


def sample(
    campaign_id: CampaignId,
    *,
    client: Annotated[
        Client | None, typer.Option("--for", help="What sends it, instead of the JSON alone.")
    ] = None,
    version: VersionOption = None,
) -> None:
    """Print an example trigger with every variable that the campaign's templates use."""
    file = _find(campaign_id, version)
    trigger = sample_trigger(file, f"sample-{uuid4().hex[:8]}")
    if client is None:
        print_json(trigger)
        return
    topic = Topics(load_settings().topic_prefix).triggers(file.lane)
    typer.echo(snippet(client, trigger, file.lane, topic), nl=False)


def schema(campaign_id: CampaignId, version: VersionOption = None) -> None:
    """Print the JSON Schema of the campaign's triggers: its variables, and which are required."""
    print_json(trigger_schema(_find(campaign_id, version)))


def _find(campaign_id: str, version: str | None) -> CampaignFile:
    async def find(database: Database) -> CampaignFile:
        async with database.connection() as connection:
            return (await find_file(connection, campaign_id, version))[1]

    return with_database(find)

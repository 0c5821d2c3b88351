"""`clarion campaigns`: diff and history."""

from collections.abc import Sequence
from typing import Annotated

import typer

from cli.database import with_database
from cli.output import JsonOption, print_json, print_table
from consumer.campaigns.diff import Difference, find_difference
from consumer.campaigns.history import Event, find_history
from consumer.store.database import Database

CampaignId = Annotated[str, typer.Argument(metavar="ID", show_default=False)]
_VERSION = "A version's number, `live` or `draft`."


def diff(
    campaign_id: CampaignId,
    before: Annotated[
        str | None, typer.Argument(metavar="A", help=_VERSION, show_default="live, else the last but one")
    ] = None,
    after: Annotated[
        str | None, typer.Argument(metavar="B", help=_VERSION, show_default="draft, else the last")
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """Show what differs between two versions: their files, and the sample as each renders it."""

    async def find(database: Database) -> Difference:
        async with database.connection() as connection:
            return await find_difference(connection, campaign_id, before, after)

    found = with_database(find)
    if json:
        print_json(found.document())
        return
    if not found.file:
        typer.echo(f"Versions {found.before} and {found.after} do not differ.")
        return
    _print("The file:", found.file)
    _print("The sample, rendered:", found.sample or ["The messages do not differ."])


def _print(title: str, lines: Sequence[str]) -> None:
    typer.echo(title)
    for line in lines:
        typer.echo(line)


def history(campaign_id: CampaignId, *, json: JsonOption = False) -> None:
    """Show what happened to a campaign, in order: drafted, activated, replaced, stopped, and by whom."""

    async def find(database: Database) -> Sequence[Event]:
        async with database.connection() as connection:
            return await find_history(connection, campaign_id)

    rows = [event.document() for event in with_database(find)]
    print_table(["at", "what", "version", "by", "door"], rows, as_json=json)

"""`clarion campaigns`: review, activate, stop, archive, duplicate, sample."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import uuid4

import typer

from cli.database import print_findings, with_database
from cli.exit_codes import FAILED
from cli.output import JsonOption, print_json, print_table
from consumer.campaigns import lifecycle
from consumer.campaigns.errors import Finding
from consumer.campaigns.lifecycle import Done
from consumer.campaigns.sample import sample_trigger
from consumer.store.database import Database
from schemas.campaign import CampaignFile

CampaignId = Annotated[str, typer.Argument(metavar="ID", show_default=False)]


def review(campaign_id: CampaignId, *, json: JsonOption = False) -> None:
    """Review the draft, else the current version. Exits with 1 when there are errors."""

    async def find(database: Database) -> list[Finding]:
        async with database.connection() as connection:
            campaign = await lifecycle.find(connection, campaign_id)
            file = lifecycle.read_definition(campaign.draft or campaign.current)
            return await lifecycle.review_file(connection, file)

    findings = with_database(find)
    rows = [{"severity": f.severity, "path": f.path, "sentence": f.sentence} for f in findings]
    if rows or json:
        print_table(["severity", "path", "sentence"], rows, as_json=json)
    else:
        typer.echo("No problems found.")
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(FAILED)


def activate(campaign_id: CampaignId) -> None:
    """Put the draft live, in place of the version that is; refused while its review has errors."""
    _run(lambda database: lifecycle.activate(database, campaign_id))


def stop(campaign_id: CampaignId) -> None:
    """Stop the live version for good; a new draft can be activated later."""
    _run(lambda database: lifecycle.stop(database, campaign_id))


def archive(campaign_id: CampaignId) -> None:
    """Put a stopped campaign or a draft away for good; its id stays taken."""
    _run(lambda database: lifecycle.archive(database, campaign_id))


def duplicate(
    campaign_id: CampaignId,
    new_id: Annotated[
        str | None, typer.Option("--as", metavar="NEW_ID", help="Its id.", show_default="ID-copy")
    ] = None,
) -> None:
    """Copy the current version into the draft of a new campaign."""
    _run(lambda database: lifecycle.duplicate(database, campaign_id, new_id or f"{campaign_id}-copy"))


def sample(campaign_id: CampaignId) -> None:
    """Print an example trigger with every variable that the campaign's templates use."""

    async def find(database: Database) -> CampaignFile:
        async with database.connection() as connection:
            return lifecycle.read_definition((await lifecycle.find(connection, campaign_id)).current)

    print_json(sample_trigger(with_database(find), f"sample-{uuid4().hex[:8]}"))


def _run(operation: Callable[[Database], Awaitable[Done]]) -> None:
    done = with_database(operation)
    print_findings(done.findings)
    typer.echo(done.sentence)

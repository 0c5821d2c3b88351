"""`clarion campaigns`: apply files, review, activate, stop, archive, duplicate, list, show, sample."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from cli import campaign_views as views
from cli.output import FAILED, USAGE, JsonOption, fail, print_findings, print_json, print_table, with_database
from consumer.campaigns import lifecycle
from consumer.campaigns.files import UnreadableFileError, read_campaign
from consumer.campaigns.lifecycle import Done, LifecycleError
from consumer.campaigns.review import Finding
from consumer.campaigns.sample import sample_trigger
from consumer.store.campaigns import list_campaigns
from consumer.store.database import Database
from schemas.campaign import CampaignFile
from schemas.whole_numbers import INT32_MAX

app = typer.Typer(no_args_is_help=True, help="Campaigns: what is sent, to whom, by which channels, and when.")

CampaignId = Annotated[str, typer.Argument(metavar="ID", show_default=False)]


@app.command()
def apply(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False)],
    *,
    activate: Annotated[
        bool, typer.Option("--activate", help="Put each live as well, or not write it.")
    ] = False,
) -> None:
    """Make each file the draft of its campaign, beside the live version if there is one.

    All files are read and checked first: with a mistake in one of them, nothing is written. Then each is
    applied by itself: one that is refused (an archived campaign; with --activate, a review with errors) is
    not written, the others are, and the command ends with 1. A file that equals the live version or the draft
    changes nothing.
    """
    campaigns = _read_all(files)

    async def apply_all(database: Database) -> int:
        return sum([await _apply_one(database, campaign, activate=activate) for campaign in campaigns])

    if with_database(apply_all):
        raise typer.Exit(FAILED)


async def _apply_one(database: Database, campaign: CampaignFile, *, activate: bool) -> bool:
    """Whether it was refused."""
    try:
        done = await lifecycle.apply(database, campaign, activate=activate)
    except LifecycleError as error:
        print_findings(error.findings)
        typer.echo(str(error), err=True)
        return True
    print_findings(done.findings)
    typer.echo(done.sentence)
    return False


def _read_all(files: list[Path]) -> list[CampaignFile]:
    campaigns: dict[str, CampaignFile] = {}
    problems: list[UnreadableFileError] = []
    for path in files:
        try:
            campaign = read_campaign(path)
            if campaign.id in campaigns:
                raise UnreadableFileError(f"{path}: id: '{campaign.id}' is the id in another of these files")  # noqa: TRY301
            campaigns[campaign.id] = campaign
        except UnreadableFileError as error:
            problems.append(error)
    if problems:
        fail("\n".join(map(str, problems)), USAGE if any(p.is_unopened for p in problems) else FAILED)
    return list(campaigns.values())


@app.command("list")
def list_all(*, json: JsonOption = False) -> None:
    """List all campaigns with their status."""

    async def find(database: Database) -> list[dict[str, object]]:
        async with database.connection() as connection:
            return [views.row(campaign) for campaign in await list_campaigns(connection)]

    print_table(views.COLUMNS, with_database(find), as_json=json)


@app.command()
def show(
    campaign_id: CampaignId,
    version: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=INT32_MAX, help="Another version than the current.")
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """Show a version (the live one, else the draft, else the last) as a file that can be applied again."""

    async def find(database: Database) -> views.Shown:
        async with database.connection() as connection:
            return await views.find_shown(connection, campaign_id, version)

    shown = with_database(find)
    if json:
        print_json(shown.document())
    else:
        typer.echo(shown.text(), nl=False)


@app.command()
def review(campaign_id: CampaignId, *, json: JsonOption = False) -> None:
    """Review the draft, else the current version. Ends with 1 when there are errors."""

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
        typer.echo("Nothing to remark.")
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(FAILED)


@app.command()
def activate(campaign_id: CampaignId) -> None:
    """Put the draft live, in place of the version that is; refused while its review has errors."""
    _run(lambda database: lifecycle.activate(database, campaign_id))


@app.command()
def stop(campaign_id: CampaignId) -> None:
    """Stop the live version for good; a new draft can be activated later."""
    _run(lambda database: lifecycle.stop(database, campaign_id))


@app.command()
def archive(campaign_id: CampaignId) -> None:
    """Put a stopped campaign or a draft away for good; its id stays taken."""
    _run(lambda database: lifecycle.archive(database, campaign_id))


@app.command()
def duplicate(
    campaign_id: CampaignId,
    new_id: Annotated[
        str | None, typer.Option("--as", metavar="NEW_ID", help="Its id.", show_default="ID-copy")
    ] = None,
) -> None:
    """Copy the current version into the draft of a new campaign."""
    _run(lambda database: lifecycle.duplicate(database, campaign_id, new_id or f"{campaign_id}-copy"))


@app.command()
def sample(campaign_id: CampaignId) -> None:
    """Print a trigger for the campaign, made up from the variables of its templates."""

    async def find(database: Database) -> CampaignFile:
        async with database.connection() as connection:
            return lifecycle.read_definition((await lifecycle.find(connection, campaign_id)).current)

    print_json(sample_trigger(with_database(find), f"sample-{uuid4().hex[:8]}"))


def _run(operation: Callable[[Database], Awaitable[Done]]) -> None:
    done = with_database(operation)
    print_findings(done.findings)
    typer.echo(done.sentence)

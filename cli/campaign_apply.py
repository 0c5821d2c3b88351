"""`clarion campaigns apply`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.database import print_findings, with_database
from cli.exit_codes import FAILED, USAGE
from cli.output import fail
from consumer.campaigns import lifecycle
from consumer.campaigns.errors import LifecycleError
from consumer.campaigns.files import UnreadableFileError, read_campaigns
from consumer.store.database import Database
from schemas.campaign import CampaignFile


def apply(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False)],
    *,
    activate: Annotated[
        bool,
        typer.Option("--activate", help="Activate each draft too; one with review errors is not applied."),
    ] = False,
) -> None:
    """Make each file the draft of its campaign, beside the live version if there is one.

    All files are read and checked first: with a mistake in one of them, nothing is written. Then each is
    applied by itself: one that is refused (an archived campaign; with --activate, a review with errors) is
    not written, the others are. Exits with 1 when one is refused, or when the review of a draft finds errors:
    the draft is written, but cannot be activated. A file that equals the live version or the draft changes
    nothing.
    """
    try:
        campaigns = read_campaigns(files)
    except UnreadableFileError as error:
        fail(str(error), USAGE if error.is_unopened else FAILED)

    async def apply_all(database: Database) -> list[bool]:
        return [await _apply_one(database, campaign, activate=activate) for campaign in campaigns]

    if not all(with_database(apply_all)):
        raise typer.Exit(FAILED)


async def _apply_one(database: Database, campaign: CampaignFile, *, activate: bool) -> bool:
    """Whether it was applied, and its review found no errors."""
    try:
        done = await lifecycle.apply(database, campaign, activate=activate)
    except LifecycleError as error:
        print_findings(error.findings)
        typer.echo(str(error), err=True)
        return False
    print_findings(done.findings)
    typer.echo(done.sentence)
    return not any(finding.severity == "error" for finding in done.findings)

"""`clarion campaigns apply`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.database import print_findings, with_database
from cli.exit_codes import FAILED, USAGE
from cli.output import fail
from consumer.campaigns.files import UnreadableFileError, read_campaigns
from consumer.campaigns.sets import apply_all


def apply(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False)],
    *,
    activate: Annotated[
        bool,
        typer.Option("--activate", help="Activate each draft too; with errors in one, none is applied."),
    ] = False,
) -> None:
    """Make each file the draft of its campaign, beside the live version if there is one.

    All of the files are applied, or none: with a mistake in one of them, or one that is refused (an archived
    campaign; with --activate, a review with errors), nothing is written. Exits with 1 then, and when the
    review of a draft finds errors: the draft is written, but cannot be activated. A file that equals the live
    version or the draft changes nothing.
    """
    try:
        campaigns = read_campaigns(files)
    except UnreadableFileError as error:
        fail(str(error), USAGE if error.is_unopened else FAILED)
    applied = with_database(lambda database: apply_all(database, campaigns, activate=activate))
    for done in applied:
        print_findings(done.findings)
        typer.echo(done.sentence)
    if any(finding.severity == "error" for done in applied for finding in done.findings):
        raise typer.Exit(FAILED)

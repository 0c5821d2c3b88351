"""`clarion campaigns`: review and check."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.database import finding_text, with_database
from cli.exit_codes import FAILED, USAGE
from cli.output import JsonOption, print_json
from consumer.campaigns import lifecycle
from consumer.campaigns.check import Checked, check_file
from consumer.campaigns.errors import Finding
from consumer.store.database import Database


def review(
    campaign_id: Annotated[str, typer.Argument(metavar="ID", show_default=False)], *, json: JsonOption = False
) -> None:
    """Review the draft, else the current version. Exits with 1 when there are errors."""

    async def find(database: Database) -> list[Finding]:
        async with database.connection() as connection:
            campaign = await lifecycle.find(connection, campaign_id)
            file = lifecycle.read_definition(campaign.draft or campaign.current)
            return await lifecycle.review_file(connection, file)

    findings = with_database(find)
    if json:
        print_json([finding.document() for finding in findings])
    for finding in findings if not json else ():
        typer.echo(finding_text(finding))
    if not findings and not json:
        typer.echo("No problems found.")
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(FAILED)


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False)],
    *,
    json: JsonOption = False,
) -> None:
    """Review files before they are applied, as far as that needs no database. Exits with 1 on errors."""
    checked = [check_file(file, datetime.now(UTC)) for file in files]
    rows = [(each.file, finding) for each in checked for finding in each.findings]
    if json:
        print_json([{"file": str(file), **finding.document()} for file, finding in rows])
    else:
        _print(checked)
    if any(each.is_unopened for each in checked):
        raise typer.Exit(USAGE)
    if any(finding.severity == "error" for _, finding in rows):
        raise typer.Exit(FAILED)


def _print(checked: list[Checked]) -> None:
    """`sale.yaml:12: error: id: ...`, a line for each finding."""
    for file, findings, _ in checked:
        for finding in findings:
            place = f"{file}:{finding.line}" if finding.line else str(file)
            typer.echo(f"{place}: {finding_text(finding, with_line=False)}")
        if not findings:
            typer.echo(f"{file}: no problems found.")

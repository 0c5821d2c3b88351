"""`clarion reports`: whom campaigns targeted, and what became of their messages."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from cli.commands import Commands
from cli.database import with_database
from cli.exit_codes import USAGE
from cli.instant import WHEN, parse_instant
from cli.output import JsonOption, fail, print_json, print_table
from cli.paging import Limit, page_size
from cli.report_views import OVERVIEW_COLUMNS, overview_row, print_report
from consumer.reports.campaign_figures import Question, campaign_report, overview, unknown_events
from consumer.reports.export import FORMATS, ExportError, export
from consumer.reports.reported_deliveries import DRILLABLE, reported_deliveries
from consumer.store.report_counts import Period

app = Commands(help="Reports: whom campaigns targeted, and what became of their messages.")

Since = Annotated[str | None, typer.Option(metavar="T", help=f"Only what happened at or after {WHEN}")]
Until = Annotated[str | None, typer.Option(metavar="T", help=f"Only what happened before {WHEN}")]
_NOTHING: Final = (
    "See `clarion campaigns list`; reports need `clarion project` and `clarion feedback` to run."
)


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The campaign.", show_default=False)],
    *,
    since: Since = None,
    until: Until = None,
    by: Annotated[
        Period | None, typer.Option(help="Also by period, in UTC; on a terminal with a plot.")
    ] = None,
    version: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only of this version.")] = None,
    json: JsonOption = False,
) -> None:
    """Show the figures of a campaign. targeted = deliveries + excluded + rejected + held."""
    asked = Question(id_, parse_instant(since), parse_instant(until), version, by)
    report = with_database(lambda database: campaign_report(database, asked))
    if report is None:
        fail(f"Nothing was counted of a campaign '{id_}'. {_NOTHING}")
    if json:
        print_json(report)
    else:
        print_report(report)


@app.command("overview")
def show_overview(*, since: Since = None, until: Until = None, json: JsonOption = False) -> None:
    """List the figures of every campaign."""
    moments = parse_instant(since), parse_instant(until)
    rows = with_database(lambda database: overview(database, *moments))
    if json:
        print_json(rows)
        return
    print_table(OVERVIEW_COLUMNS, [overview_row(row) for row in rows], as_json=False)
    if unknown := with_database(unknown_events):
        typer.echo(f"{unknown:,} feedback events are of deliveries that are not known.", err=True)


@app.command()
def deliveries(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The campaign.", show_default=False)],
    metric: Annotated[
        str, typer.Argument(metavar="METRIC", help=f"One of {', '.join(DRILLABLE)}.", show_default=False)
    ],
    *,
    since: Since = None,
    until: Until = None,
    version: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only of this version.")] = None,
    limit: Limit = None,
    json: JsonOption = False,
) -> None:
    """List the deliveries behind a figure, the newest first, with their executions.

    What was excluded, rejected or held: clarion executions list --campaign ID --outcome exclusion.
    """
    if metric not in DRILLABLE:
        fail(f"'{metric}' is no figure of deliveries: use one of {', '.join(DRILLABLE)}.", USAGE)
    asked = Question(id_, parse_instant(since), parse_instant(until), version)
    size = page_size(limit, everything=False)
    rows = with_database(lambda database: reported_deliveries(database, asked, metric, size))
    print_table(
        ["at", "state", "version", "channel", "locale", "treatment", "executionId"], rows, as_json=json
    )


@app.command("export")
def export_figures(
    *,
    campaign: Annotated[
        str | None, typer.Option("--campaign", metavar="ID", help="Only of this campaign.")
    ] = None,
    format_: Annotated[
        Literal["csv", "parquet"], typer.Option("--format", help="parquet needs the extra `parquet`.")
    ] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Instead of standard output.")
    ] = None,
    by: Annotated[Period, typer.Option(help="The length of a period, in UTC.")] = "hour",
    since: Since = None,
    until: Until = None,
) -> None:
    """Write the counts as a table for other tools: one row for each figure and period.

    Columns: campaignId, period, version, channel, locale, treatment, metric, detail, count.
    """
    if FORMATS[format_].is_binary and output is None:
        fail("parquet is binary: name a file with --output.", USAGE)
    asked = Question(campaign or "", parse_instant(since), parse_instant(until), None, by)
    try:
        content = with_database(lambda database: export(database, asked, format_))
        if output is None:
            typer.echo(content.decode(), nl=False)
        else:
            output.write_bytes(content)
    except ExportError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{output}: {error.strerror}", USAGE)

"""How a report is printed."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import typer

from cli.output import print_table, shown
from consumer.rules.report_figures import FEEDBACK

OVERVIEW_COLUMNS: Final = (
    *("campaignId", "targeted", "deliveries", "excluded", "rejected", "held"),
    *("sent", "delivered", "bounced", "openedUnique", "clickedUnique", "unsubscribed", "complained"),
)
_PERIOD_COLUMNS: Final = ("period", *OVERVIEW_COLUMNS[1:])
_PLOTTED: Final = ("deliveries", "delivered", "openedUnique", "clickedUnique")
_PLOT_ROWS: Final = 16

Report = Mapping[str, Any]


def overview_row(row: Report) -> Report:
    return {name: row[name] for name in OVERVIEW_COLUMNS}


def print_report(report: Report) -> None:
    """The whole of it, from the outcomes to the periods."""
    typer.echo(
        f"{report['targeted']:,} targeted = {report['deliveries']:,} deliveries "
        f"+ {report['excluded']:,} excluded + {report['rejected']:,} rejected + {report['held']:,} held"
    )
    for name, word in (
        ("excludedByReason", "excluded"),
        ("rejectedByReason", "rejected"),
        ("heldByReason", "held"),
    ):
        _print_details(word, report[name])
    typer.echo("")
    rows = [{"figure": name, "count": report[name]} for name in FEEDBACK if report[name]]
    print_table(["figure", "count"], rows, as_json=False)
    _print_details("bounced", report["bouncedByCategory"])
    _print_details("clicked", report["clickedByLink"])
    typer.echo("")
    rates = {name: rate for name, rate in report["rates"].items() if rate is not None}
    typer.echo("  ".join(f"{name} {rate:.1%}" for name, rate in rates.items()) or "No rates yet.")
    for name, latency in report["latency"].items():
        if latency["medianSeconds"] is not None:
            median, p95 = _seconds(latency["medianSeconds"]), _seconds(latency["p95Seconds"])
            typer.echo(f"{name}: median {median}, 95 % within {p95}")
    for title, name in (
        ("versions", "version"),
        ("channels", "channel"),
        ("treatments", "treatment"),
        ("locales", "locale"),
    ):
        _print_list(report[title], name)
    if "periods" in report:
        _print_periods(report["periods"])


def _print_details(word: str, details: Mapping[str, int]) -> None:
    for detail, count in details.items():
        typer.echo(f"  {count:,} {word}: {detail}")


def _print_list(rows: Sequence[Report], name: str) -> None:
    if any(row[name] is not None for row in rows):
        typer.echo("")
        print_table([name, *OVERVIEW_COLUMNS[1:]], rows, as_json=False)


def _print_periods(periods: Sequence[Report]) -> None:
    typer.echo("")
    print_table(_PERIOD_COLUMNS, periods, as_json=False)
    if sys.stdout.isatty() and len(periods) > 1:
        _plot(periods)


def _plot(periods: Sequence[Report]) -> None:
    import plotext  # noqa: PLC0415 - for a terminal only

    plotext.clear_figure()
    plotext.plot_size(None, _PLOT_ROWS)
    plotext.theme("clear")
    positions = list(range(len(periods)))
    for name in _PLOTTED:
        plotext.plot(positions, [period[name] for period in periods], label=name)
    step = max(1, len(periods) // 6)
    plotext.xticks(positions[::step], [_moment(period["period"]) for period in periods[::step]])
    typer.echo(plotext.build())


def _moment(value: object) -> str:
    assert isinstance(value, datetime)
    return shown(value)[5:16]


def _seconds(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004

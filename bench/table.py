"""The table that a person reads."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from bench.contenders import CONTENDERS, Contender
from bench.result import Result, Spread, cpu, rates

MIB = 1 << 20
CEILING = "raw"


def table(results: Mapping[str, Sequence[Result]]) -> Table:
    """Median, and least to most of the runs; the ratio is to what the client itself can do."""
    shown = Table(title="Warm, one process each, on one broker")
    for heading in (
        "",
        "triggers/s",
        "of the ceiling",
        "CPU us/trigger",
        "cold",
        "broker us",
        "PostgreSQL us",
    ):
        shown.add_column(heading, justify="right" if heading else "left")
    shown.add_column("peak RSS MB", justify="right")
    shown.add_column("guarantee, and what was wrong")
    ceiling = rates(results[CEILING]).median if results.get(CEILING) else None
    for contender in CONTENDERS:
        if runs := results.get(contender.name):
            shown.add_row(contender.title, *_cells(runs, ceiling), f"{contender.guarantee}; {_faults(runs)}")
    return shown


def told(contender: Contender, result: Result) -> str:
    """One run in a line."""
    warm = result.warm
    return (
        f"{contender.name:<18}{warm.per_second:>9,.0f}/s {warm.cpu_us:>7.1f} us, "
        f"cold {result.cold.cpu_us:.1f}, broker {warm.broker_us:.1f}, PostgreSQL {warm.postgres_us:.1f}, "
        f"{result.rss_bytes / MIB:.0f} MB, faults: {result.faults}"
    )


def _cells(runs: Sequence[Result], ceiling: float | None) -> list[str]:
    rate = rates(runs)
    return [
        _spread(rate, 0),
        f"{rate.median / ceiling:.2f}" if ceiling else "",
        _spread(cpu(runs), 1),
        f"{Spread.of([run.cold.cpu_us for run in runs]).median:.0f}",
        f"{Spread.of([run.warm.broker_us for run in runs]).median:.1f}",
        f"{Spread.of([run.warm.postgres_us for run in runs]).median:.1f}",
        f"{max(run.rss_bytes for run in runs) / MIB:.0f}",
    ]


def _spread(spread: Spread, digits: int) -> str:
    told = f"{spread.median:,.{digits}f}"
    return (
        told if spread.low == spread.high else f"{told} ({spread.low:,.{digits}f}-{spread.high:,.{digits}f})"
    )


def _faults(runs: Sequence[Result]) -> str:
    return "; ".join(sorted({run.faults for run in runs}))

"""The rows of the docs' tables; the first is the head."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.contenders import BY_NAME, CONTENDERS
from bench.result import Result, Spread, cpu, rates
from bench.targets import Target

CEILING = "raw"
MIB = 1 << 20

Row = Sequence[str]


def speed_rows(results: Mapping[str, Sequence[Result]]) -> Iterator[Row]:
    yield (
        "",
        "triggers/s",
        "of the ceiling",
        "CPU \u00b5s, warm",
        "cold",
        "broker \u00b5s",
        "PostgreSQL \u00b5s",
        "peak RSS, MB",
        "guarantee",
    )
    ceiling = rates(results[CEILING]).median
    for name, runs in _in_order(results):
        rate, warm = rates(runs), [run.warm for run in runs]
        yield (
            BY_NAME[name].title,
            _spread(rate, 0),
            f"{rate.median / ceiling:.2f}",
            _spread(cpu(runs), 1),
            f"{Spread.of([run.cold.cpu_us for run in runs]).median:.0f}",
            f"{Spread.of([speed.broker_us for speed in warm]).median:.0f}",
            f"{Spread.of([speed.postgres_us for speed in warm]).median:.0f}",
            f"{max(run.rss_bytes for run in runs) / MIB:.0f}",
            BY_NAME[name].guarantee,
        )


def latency_rows(document: Mapping[str, Any]) -> Iterator[Row]:
    yield "lane", "triggers/s", "linger, ms", "p50", "p99", "p99.9", "of a core", "RSS, MB"
    for cell in document["cells"]:
        delays = (f"{cell['delay'][name]:.0f}" for name in ("p50", "p99", "p999"))
        resources = (f"{cell['cpu_share']:.0%}", f"{cell['rss_bytes'] / MIB:.0f}")
        yield cell["lane"], f"{cell['rate']:,}", str(cell["linger_ms"]), *delays, *resources


def scale_rows(document: Mapping[str, Any]) -> Iterator[Row]:
    yield (
        "what grows",
        "size",
        "lane",
        "triggers/s",
        "CPU \u00b5s",
        "PostgreSQL \u00b5s",
        "RSS, MB, first to last tenth",
    )
    for point in document["points"]:
        warm, rss = point["result"]["warm"], point["rss_by_tenth"]
        yield (
            point["series"],
            f"{point['size']:,}",
            point["contender"],
            f"{warm['per_second']:,.0f}",
            f"{warm['cpu_us']:.0f}",
            f"{warm['postgres_us']:.0f}",
            f"{rss[0] / MIB:.0f} to {rss[-1] / MIB:.0f}",
        )


def targets_rows(targets: Sequence[Target]) -> Iterator[Row]:
    yield "target", "bound", "found", ""
    for each in targets:
        bound = f"at {'least' if each.is_least else 'most'} {each.bound:g}"
        yield each.what, bound, f"{each.found:.2f}", "met" if each.is_met else "**not met**"


def _in_order(results: Mapping[str, Sequence[Result]]) -> Iterator[tuple[str, Sequence[Result]]]:
    return ((each.name, results[each.name]) for each in CONTENDERS if results.get(each.name))


def _spread(spread: Spread, digits: int) -> str:
    return f"{spread.median:,.{digits}f} ({spread.low:,.{digits}f} to {spread.high:,.{digits}f})"

"""`python -m bench.document`: put the recorded results into the docs' tables, and draw the plot anew.

The results are kept as docs/performance/{speed,latency,scale}.json; a table stands between two comments.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from bench.contenders import BY_NAME, CONTENDERS
from bench.plot import plot
from bench.record import read
from bench.result import Result, Spread, cpu, rates

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = DOCS / "performance"
PAGES = (DOCS / "performance.md", DOCS.parent / "README.md")
CEILING = "raw"
MIB = 1 << 20

Row = Sequence[str]


def main() -> int:
    results = read(RESULTS / "speed.json")
    (RESULTS / "speed.svg").write_text(plot(results), encoding="utf-8")
    tables = {"speed": _table(_speed(results)), "speed-short": _table(_short(results))}
    writers: dict[str, Callable[[Any], Iterator[Row]]] = {"latency": _latency, "scale": _scale}
    for name, rows in writers.items():
        if (file := RESULTS / f"{name}.json").exists():
            tables[name] = _table(rows(orjson.loads(file.read_bytes())))
    for page in PAGES:
        page.write_text(_filled(page.read_text(encoding="utf-8"), tables), encoding="utf-8")
    return 0


def _filled(text: str, tables: Mapping[str, str]) -> str:
    for name, table in tables.items():
        text = re.sub(
            f"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda found, table=table: f"{found[1]}{table}{found[2]}",  # type: ignore[misc]
            text,
            flags=re.DOTALL,
        )
    return text


def _table(rows: Iterator[Row]) -> str:
    head, *body = rows
    lines = [head, ["---" if number == 0 else "---:" for number in range(len(head))], *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _speed(results: Mapping[str, Sequence[Result]]) -> Iterator[Row]:
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


def _short(results: Mapping[str, Sequence[Result]]) -> Iterator[Row]:
    yield "", "triggers/s", "CPU \u00b5s per trigger", "guarantee"
    for name, runs in _in_order(results):
        yield (
            BY_NAME[name].title,
            f"{rates(runs).median:,.0f}",
            f"{cpu(runs).median:.0f}",
            BY_NAME[name].guarantee,
        )


def _latency(document: Mapping[str, Any]) -> Iterator[Row]:
    yield "lane", "triggers/s", "linger, ms", "p50", "p99", "p99.9", "of a core", "RSS, MB"
    for cell in document["cells"]:
        delays = (f"{cell['delay'][name]:.0f}" for name in ("p50", "p99", "p999"))
        resources = (f"{cell['cpu_share']:.0%}", f"{cell['rss_bytes'] / MIB:.0f}")
        yield cell["lane"], f"{cell['rate']:,}", str(cell["linger_ms"]), *delays, *resources


def _scale(document: Mapping[str, Any]) -> Iterator[Row]:
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
            point["size"],
            point["contender"],
            f"{warm['per_second']:,.0f}",
            f"{warm['cpu_us']:.0f}",
            f"{warm['postgres_us']:.0f}",
            f"{rss[0] / MIB:.0f} to {rss[-1] / MIB:.0f}",
        )


def _in_order(results: Mapping[str, Sequence[Result]]) -> Iterator[tuple[str, Sequence[Result]]]:
    return ((each.name, results[each.name]) for each in CONTENDERS if results.get(each.name))


def _spread(spread: Spread, digits: int) -> str:
    return f"{spread.median:,.{digits}f} ({spread.low:,.{digits}f} to {spread.high:,.{digits}f})"


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.document`: put the recorded results into the docs' tables, and draw the plot anew.

The results are kept as docs/performance/{speed,latency,scale}.json; a table stands between two comments.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from bench.plot import plot
from bench.record import read
from bench.rows import Row, latency_rows, scale_rows, speed_rows, targets_rows
from bench.summary import summary
from bench.targets import Target, latency_targets, scale_targets, speed_targets

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = DOCS / "performance"
PAGES = (DOCS / "performance.md", DOCS.parent / "README.md")


def main() -> int:
    for file, text in documents():
        file.write_text(text, encoding="utf-8")
    return 0


def documents() -> Iterator[tuple[Path, str]]:
    """Each file that shows results, as the recorded ones have it."""
    results = read(RESULTS / "speed.json")
    yield RESULTS / "speed.svg", plot(results)
    tables = {
        "about": _about(_recorded("speed")),
        "speed": _table(speed_rows(results)),
        "summary": summary(results, _recorded("latency")),
    }
    targets = [*speed_targets(results)]
    for name, (rows, wanted) in OTHERS.items():
        if (RESULTS / f"{name}.json").exists():
            tables[name] = _table(rows(_recorded(name)))
            targets += wanted(_recorded(name))
    tables["targets"] = _table(targets_rows(targets))
    for page in PAGES:
        yield page, _filled(page.read_text(encoding="utf-8"), tables)


def _recorded(name: str) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads((RESULTS / f"{name}.json").read_bytes())
    return document


def _about(document: Mapping[str, Any]) -> str:
    return (
        f"Measured {document['date']} on {document['machine']}; Python {document['python']}, "
        f"aiokafka {document['aiokafka']}, confluent-kafka {document['confluent-kafka']}.\n"
    )


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


OTHERS: dict[str, tuple[Callable[[Any], Iterator[Row]], Callable[[Any], Iterator[Target]]]] = {
    "latency": (latency_rows, latency_targets),
    "scale": (scale_rows, scale_targets),
}


if __name__ == "__main__":
    sys.exit(main())

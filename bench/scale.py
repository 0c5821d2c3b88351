"""`python -m bench.scale`: what a trigger costs as one thing after the other grows."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.contenders import BY_NAME
from bench.environment import BenchError
from bench.measure import Circumstances, alone, measure
from bench.record import write_found
from bench.result import Result
from bench.servers import servers
from bench.window import Sample, TooShortError
from embedded import EmbeddedError

MIB = 1 << 20
SHARE = 0.25
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Series:
    """One thing that grows, and who is measured at each size."""

    contender: str
    sizes: Mapping[int, Circumstances]


def _growing(contender: str, field: str, sizes: Sequence[int], share: float = SHARE) -> Series:
    cases = {size: replace(Circumstances(share), **{field: size}) for size in sizes}
    return Series(contender, cases)


SERIES = {
    "processes": _growing("high-throughput", "processes", (1, 2, 4)),
    "partitions": _growing("unitary", "partitions", (1, 12, 48)),
    "recipients": _growing("unitary", "recipients", (1, 5, 20), share=0.08),
    "campaigns": _growing("unitary", "campaigns", (10, 1_000, 10_000)),
    "profiles": _growing("unitary", "people", (10_000, 100_000, 1_000_000)),
    "claims": _growing("unitary", "claims", (100_000, 1_000_000, 10_000_000)),
    "memory": Series("high-throughput", {1_000_000: Circumstances(1_000_000 / 200_000)}),
}


@dataclass(frozen=True, slots=True)
class Point:
    series: str
    size: int
    contender: str
    result: Result
    rss_by_tenth: Sequence[int]
    """Resident bytes when each tenth of the triggers was done."""


def main() -> int:
    options = _options()
    console = Console()
    points: list[Point] = []
    try:
        for name in options.only or SERIES:
            # Each on servers of its own: what one has filled is not in the next one's way.
            with servers(console.print) as place:
                for size, circumstances in SERIES[name].sizes.items():
                    if size > options.up_to:
                        continue
                    contender = BY_NAME[SERIES[name].contender]
                    with alone(options.lock):
                        result, samples = measure(contender, place, f"bench.{name}.{size}.", circumstances)
                    points.append(Point(name, size, contender.name, result, _by_tenth(samples)))
                    console.print(_told(points[-1]), soft_wrap=True)
                    if options.json:
                        write_found(Path(options.json), points=points)
    except (BenchError, TooShortError, EmbeddedError) as error:
        console.print(f"[red]{error}")
        return 1
    console.print(_table(points))
    return int(not all(point.result.holds for point in points))


def _by_tenth(samples: Sequence[Sample]) -> list[int]:
    most = samples[-1].committed
    return [
        next(sample.rss_bytes for sample in samples if sample.committed >= most * tenth / TENTHS)
        for tenth in range(1, TENTHS + 1)
    ]


def _told(point: Point) -> str:
    return f"{point.series} {point.size:,}: {' | '.join(_cells(point))}; faults: {point.result.faults}"


def _cells(point: Point) -> list[str]:
    warm, rss = point.result.warm, point.rss_by_tenth
    return [
        f"{warm.per_second:,.0f}",
        f"{warm.cpu_us:.1f}",
        f"{warm.postgres_us:.1f}",
        f"{warm.broker_us:.1f}",
        f"{rss[0] / MIB:.0f}-{rss[-1] / MIB:.0f}",
    ]


def _table(points: Sequence[Point]) -> Table:
    shown = Table(title="The cost of a trigger")
    headings = (
        "",
        "",
        "who",
        "triggers/s",
        "CPU us",
        "PostgreSQL us",
        "broker us",
        "RSS MB, first to last tenth",
    )
    for number, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if number > 2 else "left")  # noqa: PLR2004 - three words first
    for point in points:
        shown.add_row(point.series, f"{point.size:,}", point.contender, *_cells(point))
    return shown


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SERIES, help="what grows")
    parser.add_argument("--up-to", type=int, default=sys.maxsize, help="leave larger sizes out")
    parser.add_argument("--json", metavar="FILE", help="write the results there")
    parser.add_argument("--lock", metavar="FILE", help="hold a lock on this file while one is measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

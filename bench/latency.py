"""`python -m bench.latency`: from a trigger's sending until a read_committed reader has its delivery."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from rich.console import Console
from rich.table import Table

from bench.contenders import BY_NAME
from bench.environment import BenchError, prepared
from bench.installation import install
from bench.measure import alone
from bench.processes import started
from bench.record import write_found
from bench.round_trips import RoundTrips
from bench.servers import Servers, servers
from bench.usage import Usage
from embedded import EmbeddedError

RATES = (100, 1_000, 3_000)
LINGERS_MS = (0, 5, 10, 20)
WARM_SECONDS, SECONDS = 6.0, 15.0
WARM_RATE, WARM_BROKER_SECONDS = 1_000, 20.0
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Delay:
    """Milliseconds."""

    p50: float
    p99: float
    p999: float

    @classmethod
    def of(cls, milliseconds: Sequence[float]) -> "Delay":
        cuts = quantiles(milliseconds, n=1000, method="inclusive")
        return cls(cuts[499], cuts[989], cuts[998])


@dataclass(frozen=True, slots=True)
class Cell:
    lane: str
    rate: int
    linger_ms: int
    delay: Delay
    missing: int
    """Deliveries that had not come when the time was over."""
    cpu_share: float
    """Of one core."""
    rss_bytes: int


def main() -> int:
    options = _options()
    console = Console()
    cells: list[Cell] = []
    try:
        with servers(console.print) as at:
            # A broker that is still compiling doubles every delay: the first figures would tell of that.
            console.print("Warming the broker up ...")
            with alone(options.lock):
                _measure(at, "unitary", WARM_RATE, 10, WARM_BROKER_SECONDS)
            for lane, rate, linger in _chosen(options):
                with alone(options.lock):
                    cells.append(_measure(at, lane, rate, linger, options.seconds))
                console.print(_told(cells[-1]), soft_wrap=True)
                if options.json:
                    write_found(Path(options.json), cells=cells)
    except (BenchError, EmbeddedError) as error:
        console.print(f"[red]{error}")
        return 1
    console.print(_table(cells))
    return int(any(cell.missing for cell in cells))


def _chosen(options: argparse.Namespace) -> Iterator[tuple[str, int, int]]:
    for lane in options.lanes.split(","):
        for rate in options.rates or RATES:
            for linger in options.lingers or LINGERS_MS:
                yield lane, rate, linger


def _measure(at: Servers, lane: str, rate: int, linger: int, seconds: float) -> Cell:
    """Raises BenchError."""
    contender = replace(BY_NAME[lane], environment={"CLARION_BATCH_LINGER_MS": str(linger)})
    warm, all_of_them = int(rate * WARM_SECONDS), int(rate * (WARM_SECONDS + seconds))
    workload = replace(contender.workload(1.0), triggers=all_of_them)
    with prepared(at, f"bench.{lane}.{rate}.{linger}.", workload) as environment:
        install(environment)
        with started(contender, environment) as running, RoundTrips(environment) as trips:
            trips.send(0, 1, rate)
            trips.await_first(running)
            trips.send(1, warm, rate)
            usage = Usage(running.pids)
            began, used = perf_counter(), usage.cpu_seconds()
            trips.send(warm, all_of_them, rate)
            share = (usage.cpu_seconds() - used) / (perf_counter() - began)
            trips.settle(running)
            rss = usage.rss_bytes()
    return Cell(lane, rate, linger, Delay.of(trips.milliseconds(warm)), trips.missing(), share, rss)


def _told(cell: Cell) -> str:
    delay = cell.delay
    return (
        f"{cell.lane} {cell.rate:,}/s, linger {cell.linger_ms} ms: p50 {delay.p50:.1f}, p99 {delay.p99:.1f}, "
        f"p99.9 {delay.p999:.1f} ms; {cell.cpu_share:.0%} of a core, {cell.rss_bytes / MIB:.0f} MB, "
        f"{cell.missing} missing"
    )


def _table(cells: Sequence[Cell]) -> Table:
    shown = Table(title="From sent to readable, milliseconds")
    for heading in ("lane", "triggers/s", "linger ms", "p50", "p99", "p99.9", "of a core", "RSS MB"):
        shown.add_column(heading, justify="left" if heading == "lane" else "right")
    for cell in cells:
        delay = (f"{value:.1f}" for value in (cell.delay.p50, cell.delay.p99, cell.delay.p999))
        resources = (f"{cell.cpu_share:.0%}", f"{cell.rss_bytes / MIB:.0f}")
        shown.add_row(cell.lane, f"{cell.rate:,}", str(cell.linger_ms), *delay, *resources)
    return shown


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__)
    parser.add_argument("--lanes", default="unitary", help="of unitary, unitary-external, high-throughput")
    parser.add_argument("--rates", type=int, nargs="+", help="triggers per second")
    parser.add_argument("--lingers", type=int, nargs="+", help="CLARION_BATCH_LINGER_MS")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of measuring, after the warm-up")
    parser.add_argument("--json", metavar="FILE", help="write the results there")
    parser.add_argument("--lock", metavar="FILE", help="hold a lock on this file while one is measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench`: measure everyone, or those named, in turn and several times, and print one table."""

import argparse
import fcntl
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from bench.contenders import BY_NAME, Contender, Work
from bench.ground import BenchError, ground
from bench.outputs import check
from bench.result import Result
from bench.run import run
from bench.servers import Servers, servers
from bench.table import table, told
from bench.window import TooShortError, cold_speed, peak_rss, warm_speed
from embedded import EmbeddedError

QUICK_SHARE = 0.2


def main() -> int:
    options = _options()
    console = Console()
    try:
        with servers(console.print) as place:
            results = measure(place, options, console)
    except (BenchError, TooShortError, EmbeddedError) as error:
        console.print(f"[red]{error}")
        return 1
    console.print(table(results))
    return 0 if all(result.holds for runs in results.values() for result in runs) else 1


def measure(place: Servers, options: argparse.Namespace, console: Console) -> dict[str, list[Result]]:
    """Interleaved, so that a neighbour's load meets all alike. Raises BenchError, TooShortError."""
    results: dict[str, list[Result]] = defaultdict(list)
    for repeat in range(options.repeats):
        for name in options.only or BY_NAME:
            contender = BY_NAME[name]
            with _alone(options.lock):
                result = _measured(contender, place, f"bench.{name}.{repeat}.", options)
            console.print(told(contender, result), soft_wrap=True)
            results[name].append(result)
    return results


def _measured(contender: Contender, place: Servers, prefix: str, options: argparse.Namespace) -> Result:
    workload = contender.workload(options.share)
    with ground(place, prefix, workload, is_installed=contender.work is Work.EXECUTE) as where:
        profile = options.profile and Path(options.profile, f"{contender.name}.pstats")
        samples = run(contender, where, profile)
        findings = check(where, contender.work)
    return Result(
        contender.name,
        workload.triggers,
        warm_speed(samples, workload.triggers),
        cold_speed(samples, workload.triggers),
        peak_rss(samples),
        findings.told(),
        findings.hold,
    )


@contextmanager
def _alone(lock: str | None) -> Iterator[None]:
    """Let others who measure on this machine, and name the same file, wait."""
    if lock is None:
        yield
        return
    with Path(lock).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", type=_names, help=f"some of {', '.join(BY_NAME)}; with commas between")
    parser.add_argument("--repeats", type=int, default=None, help="3, or 1 of a quick one")
    parser.add_argument("--quick", action="store_true", help="a fifth of the triggers")
    parser.add_argument("--share", type=float, help="of the triggers of a full run")
    parser.add_argument("--lock", metavar="FILE", help="hold a lock on this file while one is measured")
    parser.add_argument("--profile", metavar="DIR", help="write a cProfile of each Python program there")
    options = parser.parse_args()
    options.repeats = options.repeats or (1 if options.quick else 3)
    options.share = options.share or (QUICK_SHARE if options.quick else 1.0)
    return options


def _names(text: str) -> list[str]:
    names = text.split(",")
    if strange := sorted(set(names) - set(BY_NAME)):
        raise argparse.ArgumentTypeError(f"there is no {', '.join(strange)}")
    return names


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench`: measure everyone, or those named, in turn and several times, and print one table.

`bench.latency`, `bench.scale`, `bench.gateway` and `bench.guard` are commands of their own.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from rich.console import Console

from bench import record
from bench.contenders import BY_NAME
from bench.environment import BenchError
from bench.measure import Circumstances, alone, measure
from bench.plot import plot
from bench.result import Result
from bench.servers import Servers, servers
from bench.table import table, told
from bench.window import TooShortError
from embedded import EmbeddedError

QUICK_SHARE = 0.2


def main() -> int:
    options = _options()
    console = Console()
    results: dict[str, list[Result]] = defaultdict(list)
    try:
        with servers(console.print) as place:
            has_failed = _measure_all(place, options, console, results)
    except EmbeddedError as error:
        console.print(f"[red]{error}")
        return 1
    except KeyboardInterrupt:
        console.print("Stopped before the end; nothing is left running.")
        has_failed = True
    console.print(table(results))
    if options.plot:
        Path(options.plot).write_text(plot(results), encoding="utf-8")
    return int(has_failed or not all(result.holds for runs in results.values() for result in runs))


def _measure_all(
    place: Servers, options: argparse.Namespace, console: Console, results: dict[str, list[Result]]
) -> bool:
    """Interleaved, so that a neighbour's load meets all alike; tells whether one could not be measured."""
    has_failed = False
    for repeat in range(options.repeats):
        for name in options.only or BY_NAME:
            contender, prefix = BY_NAME[name], f"bench.{name}.{repeat}."
            profile = Path(options.profile, f"{name}.pstats") if options.profile else None
            try:
                with alone(options.lock):
                    result, _ = measure(contender, place, prefix, Circumstances(options.share), profile)
            except (BenchError, TooShortError) as error:
                console.print(f"[red]{error}")
                has_failed = True
                continue
            console.print(told(contender, result), soft_wrap=True)
            results[name].append(result)
            if options.json:
                record.write(Path(options.json), results)
    return has_failed


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", type=_names, help=f"some of {', '.join(BY_NAME)}; with commas between")
    parser.add_argument("--repeats", type=int, help="3, or 1 of a quick one")
    parser.add_argument("--quick", action="store_true", help="a fifth of the triggers")
    parser.add_argument("--share", type=float, help="of the triggers of a full run")
    parser.add_argument("--json", metavar="FILE", help="write the results there")
    parser.add_argument("--plot", metavar="FILE", help="draw them there, as SVG")
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

"""`python -m bench.guard`: warn when the engine has become slower against the client's ceiling.

Ratios within one run only: absolute times are the machine's. Ends with 1 when one fell by over 15 %.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.console import Console

from bench.contenders import BY_NAME
from bench.environment import BenchError
from bench.measure import Circumstances, alone, measure
from bench.result import Result, cpu, rates
from bench.servers import servers
from bench.window import TooShortError
from embedded import EmbeddedError

RECORDED = Path(__file__).with_name("guard.json")
CEILING = "raw"
GUARDED = ("unitary", "unitary-external", "high-throughput")
SHARE, REPEATS = 0.3, 3
FALL_MAX = 0.15


@dataclass(frozen=True, slots=True)
class Ratios:
    """Of one lane to the ceiling; the higher the better."""

    rate: float
    thrift: float
    """The ceiling's CPU per trigger by the lane's."""


def ratios(results: Mapping[str, Sequence[Result]]) -> dict[str, Ratios]:
    ceiling = results[CEILING]
    return {
        name: Ratios(
            rates(runs).median / rates(ceiling).median,
            cpu(ceiling).median / cpu(runs).median,
        )
        for name, runs in results.items()
        if name != CEILING
    }


def falls(recorded: Mapping[str, Ratios], found: Mapping[str, Ratios]) -> list[str]:
    """A sentence for each ratio that has fallen too far."""
    return [
        f"{name}: {what} fell from {before:.2f} to {now:.2f} of the ceiling's"
        for name, ratio in found.items()
        for what, before, now in (
            ("rate", recorded[name].rate, ratio.rate),
            ("thrift", recorded[name].thrift, ratio.thrift),
        )
        if now < before * (1 - FALL_MAX)
    ]


def main() -> int:
    options = _options()
    console = Console()
    if not options.record and not RECORDED.exists():
        console.print("[red]No ratios are recorded: run with --record first.")
        return 1
    try:
        found = ratios(_measured(console, options.lock))
    except (BenchError, TooShortError, EmbeddedError) as error:
        console.print(f"[red]{error}")
        return 1
    for name, ratio in found.items():
        console.print(f"{name}: {ratio.rate:.2f} of the ceiling's rate, {ratio.thrift:.2f} of its thrift")
    if options.record:
        RECORDED.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        return 0
    document = orjson.loads(RECORDED.read_bytes())
    told = falls({name: Ratios(**ratio) for name, ratio in document.items()}, found)
    console.print("\n".join(f"[yellow]{sentence}" for sentence in told) or "No ratio has fallen.")
    return int(bool(told))


def _measured(console: Console, lock: str | None) -> dict[str, list[Result]]:
    results: dict[str, list[Result]] = {name: [] for name in (CEILING, *GUARDED)}
    with servers(console.print) as place:
        for repeat in range(REPEATS):
            for name, runs in results.items():
                with alone(lock):
                    result, _ = measure(BY_NAME[name], place, f"bench.{name}.{repeat}.", Circumstances(SHARE))
                if not result.holds:
                    raise BenchError(f"{name}: {result.faults}")
                runs.append(result)
    return results


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.guard", description=__doc__)
    parser.add_argument("--record", action="store_true", help="record what is found as the ratios to keep")
    parser.add_argument("--lock", metavar="FILE", help="hold a lock on this file while one is measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

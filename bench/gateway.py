"""`python -m bench.gateway`: accepted calls per second, beside an endpoint that does nothing.

Both are one process with the same server and framework, called over 64 connections that are kept open.
"""

import argparse
import asyncio
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.callers import Answers, call_at_rate, call_steadily, requests
from bench.environment import BenchError, Environment, prepared
from bench.installation import install
from bench.measure import alone
from bench.record import write_found
from bench.servers import servers
from bench.usage import Usage
from bench.workload import Audience, Workload
from embedded import EmbeddedError

CONNECTIONS: Final = 64
RATE: Final = 1_000
SECONDS, WARM_SECONDS = 8.0, 3.0
CALLS: Final = 20_000
READY_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Measured:
    who: str
    rate: float
    """Accepted calls per second."""
    cpu_us: float
    """Of the server, per call."""
    p99_ms: float
    """At 1,000 calls per second."""
    refused: int


def main() -> int:
    options = _options()
    console = Console()
    found: list[Measured] = []
    try:
        with servers(console.print) as given, alone(options.lock):
            workload = Workload(CALLS, Audience.EXTERNAL)
            with prepared(given, "bench.gateway.", workload) as environment:
                install(environment)
                found = _measure(environment, options.repeats, options.seconds, console)
    except (BenchError, EmbeddedError) as error:
        console.print(f"[red]{error}")
        return 1
    except KeyboardInterrupt:
        console.print("Stopped before the end; nothing is left running.")
        return 1
    console.print(_table(found))
    if options.json:
        write_found(Path(options.json), gateway=found)
    return int(any(one.refused for one in found))


def _measure(environment: Environment, repeats: int, seconds: float, console: Console) -> list[Measured]:
    bodies = [
        value
        for number, (_, value) in enumerate(environment.workload.records())
        if not environment.workload.flaw(number)
    ]
    found = []
    with _gateway(environment) as gateway, _do_nothing() as nothing:
        for _ in range(repeats):
            for who, (pid, port) in (("nothing", nothing), ("gateway", gateway)):
                one = asyncio.run(_measured(who, pid, port, requests(bodies, "Bearer none"), seconds))
                console.print(f"{who}: {one.rate:,.0f}/s, {one.cpu_us:.0f} us, p99 {one.p99_ms:.1f} ms")
                found.append(one)
    return found


async def _measured(who: str, pid: int, port: int, calls: Sequence[bytes], seconds: float) -> Measured:
    await call_steadily(port, calls, CONNECTIONS, WARM_SECONDS)
    usage, before = Usage([pid]), Usage([pid]).cpu_seconds()
    steady = await call_steadily(port, calls, CONNECTIONS, seconds)
    cpu_us = (usage.cpu_seconds() - before) / len(steady.seconds) * 1e6
    paced = await call_at_rate(port, calls, CONNECTIONS, RATE, seconds)
    return Measured(who, steady.rate, cpu_us, paced.percentile_ms(99), _refused(steady) + _refused(paced))


def _refused(answers: Answers) -> int:
    return answers.statuses.total() - answers.statuses[202]


@contextmanager
def _gateway(environment: Environment) -> Iterator[tuple[int, int]]:
    """Its pid and port, once it accepts triggers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "cli", "serve", "--port", str(port)]
    with _process(command, environment.variables({}), subprocess.DEVNULL) as process:
        _await(f"http://127.0.0.1:{port}/ajo/im/health", process)
        yield process.pid, port


@contextmanager
def _do_nothing() -> Iterator[tuple[int, int]]:
    with _process([sys.executable, "-m", "bench.do_nothing"], None, subprocess.PIPE) as process:
        assert process.stdout
        yield process.pid, int(process.stdout.readline())


@contextmanager
def _process(
    command: Sequence[str], environment: Mapping[str, str] | None, out: int
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment, stdout=out)  # noqa: S603 - our own
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    """Until it answers 200. Raises BenchError."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url):  # noqa: S310 - a URL of our own
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise BenchError("The gateway did not become ready; see its log.")


def _table(found: Sequence[Measured]) -> Table:
    table = Table("", "accepted calls/s", "CPU per call, us", f"p99 at {RATE:,}/s, ms", "refused")
    rates = {}
    for who in ("nothing", "gateway"):
        ours = [one for one in found if one.who == who]
        rates[who] = median(one.rate for one in ours)
        table.add_row(
            who,
            f"{rates[who]:,.0f}",
            f"{median(one.cpu_us for one in ours):.0f}",
            f"{median(one.p99_ms for one in ours):.1f}",
            str(sum(one.refused for one in ours)),
        )
    table.caption = f"The gateway reaches {rates['gateway'] / rates['nothing']:.0%} of doing nothing."
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--json", metavar="FILE", help="write the results there")
    parser.add_argument("--lock", metavar="FILE", help="hold a lock on this file while it is measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

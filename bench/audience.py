"""`python -m bench.audience`: one call to many people, the expander alone and the whole path.

While the expander is measured alone, a member of the consumer group that speaks another protocol keeps the
lane's consumer from joining it. Then that member leaves, and the consumer executes what was produced.
"""
# confluent_kafka is typed in part only.
# mypy: allow-untyped-calls

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import orjson
from confluent_kafka import Consumer
from rich.console import Console
from rich.table import Table

from bench.environment import BenchError, Environment, prepared
from bench.installation import clarion, install
from bench.measure import alone
from bench.servers import servers
from bench.usage import Usage
from bench.workload import CAMPAIGN, Audience, Workload
from embedded import EmbeddedError

MEMBERS: Final = 100_000
LANE: Final = "audience"
CONTEXT: Final = ("order.id=42", "city=Porto", "carrier=Budbee", "trackUrl=https://acme.example/42")
LOOK_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 3_600.0
_STATE: Final = """
    SELECT targeted, pages, next_page, state,
        (SELECT count(*) FROM audience_outcomes WHERE execution_id = id AND decided_at IS NOT NULL) AS decided
    FROM audience_executions WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class Measured:
    members: int
    snapshot_seconds: float
    """From the call to the stored snapshot."""
    expanded_per_second: float
    """Members put on the topic per second, the expander alone."""
    expander_cpu_us: float
    """Of its process, per member."""
    executed_per_second: float
    """Members delivered to per second, by one process that does both."""
    rss_mb_before: float
    rss_mb_max: float


def main() -> int:
    options = _options()
    console = Console()
    try:
        with servers(console.print) as given, alone(options.lock):
            workload = Workload(1, Audience.STORED, people=options.members)
            with prepared(given, f"bench.audience.{int(time.time())}.", workload) as environment:
                console.print(f"{options.members:,} profiles are stored")
                _install(environment)
                measured = _measure(environment, console)
    except (BenchError, EmbeddedError) as error:
        console.print(f"[red]{error}")
        return 1
    console.print(_table(measured))
    if options.json:
        Path(options.json).write_bytes(orjson.dumps(asdict(measured), option=orjson.OPT_INDENT_2))
    return 0


def _install(environment: Environment) -> None:
    install(environment)
    with tempfile.TemporaryDirectory(prefix="clarion-bench-") as folder:
        file = Path(folder, "audience.yaml")
        where = [{"attribute": "person.name.firstName", "exists": True}]
        file.write_bytes(orjson.dumps({"id": "everybody", "title": "Everybody", "where": where}))
        clarion(environment, "audiences", "apply", str(file))


def _measure(environment: Environment, console: Console) -> Measured:
    with _process(environment) as process, _group_is_taken(environment):
        usage, memory = Usage([process.pid]), _Memory(process.pid)
        time.sleep(8)  # until it holds the lease
        before = usage.rss_bytes()
        id_, called_at = _execute(environment), time.monotonic()
        look = _looking(environment, id_, memory)
        look(lambda row: row["targeted"] is not None)
        snapshot_at, cpu = time.monotonic(), usage.cpu_seconds()
        console.print(f"the snapshot is stored after {snapshot_at - called_at:.1f} s")
        members = look(lambda row: row["next_page"] >= row["pages"])["targeted"]
        produced_at, cpu = time.monotonic(), usage.cpu_seconds() - cpu
        console.print(f"all are on the topic after {produced_at - snapshot_at:.1f} s more")
    # Outside of the first block the group is free again, and another process executes what is there.
    with _process(environment) as process:
        memory = _Memory(process.pid, memory.most)
        look = _looking(environment, id_, memory)
        look(lambda row: row["decided"] > 0)
        began_at, first = time.monotonic(), look(lambda row: row["decided"] > 0)["decided"]
        done = look(lambda row: row["state"] != "InProgress")
        seconds = time.monotonic() - began_at
    if done["state"] != "Succeeded":
        raise BenchError(f"The execution ended as {done['state']}.")
    return Measured(
        members,
        snapshot_at - called_at,
        members / (produced_at - snapshot_at),
        cpu / members * 1e6,
        members * (1 - first / done["pages"]) / seconds,
        before / 1e6,
        memory.most / 1e6,
    )


class _Memory:
    def __init__(self, pid: int, most: int = 0) -> None:
        self._usage = Usage([pid])
        self.most = most

    def look(self) -> None:
        self.most = max(self.most, self._usage.rss_bytes())


def _looking(environment: Environment, id_: str, memory: _Memory) -> Callable[[Callable[[Any], bool]], Any]:
    def look(is_so: Callable[[Any], bool]) -> Any:  # noqa: ANN401 - a row
        return asyncio.run(_until(environment.servers.database, id_, memory, is_so))

    return look


async def _until(url: str, id_: str, memory: _Memory, is_so: Callable[[Any], bool]) -> Any:  # noqa: ANN401 - a row
    """The execution's row once that is so. Raises BenchError."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    connection = await asyncpg.connect(url)
    try:
        while time.monotonic() < deadline:
            row = await connection.fetchrow(_STATE, id_)
            memory.look()
            if row is not None and is_so(row):
                return row
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await connection.close()
    raise BenchError("The execution does not move.")


def _execute(environment: Environment) -> str:
    context = [argument for pair in CONTEXT for argument in ("--context", pair)]
    command = ("audiences", "execute", CAMPAIGN, "--audience", "everybody", *context, "--json")
    return str(orjson.loads(clarion(environment, *command))["executionId"])


@contextmanager
def _process(environment: Environment) -> Iterator[subprocess.Popen[bytes]]:
    variables = environment.variables({"CLARION_LOG_LEVEL": "ERROR"})
    command = [sys.executable, "-m", "cli", "run", "--lane", LANE]
    process = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _group_is_taken(environment: Environment) -> Iterator[None]:
    """Until the end of the block, nobody else can join the lane's consumer group."""
    settings = {
        "bootstrap.servers": environment.servers.kafka,
        "group.id": f"{environment.prefix}{LANE}",
        "partition.assignment.strategy": "cooperative-sticky",
        "max.poll.interval.ms": 86_400_000,
        "log_level": 0,
    }
    consumer = Consumer(settings)
    try:
        consumer.subscribe([f"{environment.prefix}triggers.{LANE}"])
        consumer.poll(10)
        yield
    finally:
        consumer.close()


def _table(measured: Measured) -> Table:
    table = Table("", f"{measured.members:,} members")
    table.add_row("call to snapshot, s", f"{measured.snapshot_seconds:.1f}")
    table.add_row("expander alone, members/s", f"{measured.expanded_per_second:,.0f}")
    table.add_row("its CPU per member, us", f"{measured.expander_cpu_us:.1f}")
    table.add_row("executed, members/s", f"{measured.executed_per_second:,.0f}")
    table.add_row("memory before / most, MB", f"{measured.rss_mb_before:.0f} / {measured.rss_mb_max:.0f}")
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.audience", description=__doc__)
    parser.add_argument("--members", type=int, default=MEMBERS)
    parser.add_argument("--json", metavar="FILE", help="write what was found")
    parser.add_argument("--lock", metavar="FILE", help="measure while nobody else holds this file's lock")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

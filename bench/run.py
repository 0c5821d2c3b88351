"""One contender's run: started, watched until it has committed every trigger, and ended."""
# confluent_kafka is typed in part only.
# mypy: allow-untyped-calls

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import psutil  # type: ignore[import-untyped]  # its stubs are another package
from confluent_kafka import Consumer, KafkaException, TopicPartition

from bench.contenders import Contender
from bench.ground import ANSWER_SECONDS, BenchError, Ground
from bench.window import Sample

LOOK_SECONDS = 0.05
SILENCE_SECONDS = 90.0
"""One that commits nothing for so long has failed."""
LEAVE_SECONDS = 20.0


def run(contender: Contender, ground: Ground, profile: Path | None = None) -> list[Sample]:
    """What was seen until all triggers were committed. Raises BenchError."""
    with (
        tempfile.NamedTemporaryFile(prefix="clarion-bench-", suffix=".log") as log,
        _process(contender, ground, log.fileno(), profile) as process,
        closing(Watcher(process.pid, ground)) as watcher,
    ):
        try:
            return list(_watch(process, ground, watcher))
        except BenchError as error:
            last = Path(log.name).read_text(errors="replace").splitlines()[-15:]
            raise BenchError("\n".join([f"{contender.name}: {error}", *last])) from None


@contextmanager
def _process(
    contender: Contender, ground: Ground, output: int, profile: Path | None
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603 - our own commands
        _profiled(contender.command(ground), profile),
        env=ground.environment(contender.environment),
        stdout=output,
        stderr=output,
        cwd=Path(__file__).parents[1],
        # Ctrl-C at the terminal is for the benchmark, which then ends it.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _profiled(command: Sequence[str], profile: Path | None) -> Sequence[str]:
    """The Python program under cProfile, if its profile is wanted: its figures count for nothing then."""
    if profile is None or command[1] != "-m":
        return command
    return [command[0], "-m", "cProfile", "-o", str(profile), *command[1:]]


def _watch(process: subprocess.Popen[bytes], ground: Ground, watcher: "Watcher") -> Iterator[Sample]:
    seen_at, seen = monotonic(), 0
    while seen < ground.workload.triggers:
        if process.poll() is not None:
            raise BenchError(f"it ended with {process.returncode} after {seen} triggers")
        if monotonic() - seen_at > SILENCE_SECONDS:
            raise BenchError(f"it committed nothing for {SILENCE_SECONDS:.0f} s after {seen} triggers")
        sample = watcher.look()
        if sample.committed > seen:
            seen_at, seen = monotonic(), sample.committed
        yield sample
        sleep(LOOK_SECONDS)


class Watcher:
    def __init__(self, pid: int, ground: Ground) -> None:
        # Asks for the group's offsets without being a member. Not as an AdminClient: confluent-kafka 2.12
        # crashes when that asks before the group has a coordinator.
        self._asking = Consumer(
            {
                "bootstrap.servers": ground.servers.kafka,
                "group.id": ground.group,
                # Read committed, it would wait for transactions that are open.
                "isolation.level": "read_uncommitted",
                "log_level": 0,
            }
        )
        self._partitions = [TopicPartition(ground.triggers, number) for number in range(ground.partitions)]
        self._usage = Usage(pid)
        self._broker = Usage(ground.servers.broker_pid)
        self._postgres = Usage(ground.servers.postgres_pid)

    def look(self) -> Sample:
        committed = self._committed()
        return Sample(
            monotonic(),
            committed,
            self._usage.cpu_seconds(),
            self._broker.cpu_seconds(),
            self._postgres.cpu_seconds(),
            self._usage.rss_bytes(),
        )

    def close(self) -> None:
        self._asking.close()

    def _committed(self) -> int:
        try:
            found = self._asking.committed(self._partitions, ANSWER_SECONDS)
        except KafkaException:
            return 0  # no coordinator yet
        return sum(max(0, partition.offset) for partition in found)


@dataclass(slots=True)
class Usage:
    """CPU and memory of a process and those it started; nothing of no process."""

    pid: int | None

    def cpu_seconds(self) -> float:
        # What ended is in its parent's children times.
        return sum(sum(process.cpu_times()[:4]) for process in self._alive())

    def rss_bytes(self) -> int:
        return sum(process.memory_info().rss for process in self._alive())

    def _alive(self) -> Iterator[psutil.Process]:
        if self.pid is None:
            return
        try:
            parent = psutil.Process(self.pid)
            family = [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        yield from (process for process in family if process.is_running())

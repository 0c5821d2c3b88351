"""The processes of one contender: started together, watched, ended together."""

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import Contender
from bench.environment import BenchError, Environment

ROOT = Path(__file__).parents[1]
LEAVE_SECONDS = 20.0
LOG_LINES = 15


@dataclass(frozen=True, slots=True)
class Processes:
    processes: Sequence["subprocess.Popen[bytes]"]
    log: Path

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.processes]

    def check(self) -> None:
        """Raises BenchError when one of them has ended."""
        for process in self.processes:
            if process.poll() is not None:
                raise BenchError(f"it ended with {process.returncode}")

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])


@contextmanager
def started(
    contender: Contender, environment: Environment, *, count: int = 1, profile: Path | None = None
) -> Iterator[Processes]:
    """Raises BenchError, with what they said last, for whatever is wrong in the meantime."""
    with ExitStack() as stack:
        log = stack.enter_context(tempfile.NamedTemporaryFile(prefix="clarion-bench-", suffix=".log"))
        processes = []
        for _ in range(count):
            process = subprocess.Popen(  # noqa: S603 - our own commands
                _profiled(contender.command(environment), profile),
                env=environment.variables(contender.environment),
                stdout=log,
                stderr=log,
                cwd=ROOT,
                # Ctrl-C at the terminal is for the benchmark, which then ends them.
                start_new_session=True,
            )
            stack.callback(_end, process)
            processes.append(process)
        running = Processes(processes, Path(log.name))
        try:
            yield running
        except BenchError as error:
            raise BenchError(f"{contender.name}: {error}\n{running.last_words()}") from None
        for process in processes:
            process.terminate()


def _profiled(command: Sequence[str], profile: Path | None) -> Sequence[str]:
    """The Python program under cProfile, if its profile is wanted: its figures count for nothing then."""
    if profile is None or command[1] != "-m":
        return command
    return [command[0], "-m", "cProfile", "-o", str(profile), *command[1:]]


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

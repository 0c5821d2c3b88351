"""A process that holds a temporary folder and what runs in it, and outlives its parent by seconds.

It reads requests from its standard input, one JSON object a line, and answers each with one line. Only the
parent holds the other end of that pipe. However the parent ends (done, an exception, Ctrl-C, kill -9), the
kernel closes the pipe; the supervisor then meets the end of its input, ends what it runs and removes the
folder. A normal stop goes the same way: the parent closes the pipe and waits. As the folder and every process
are made here, a parent that dies in the middle of starting leaves nothing either. The supervisor has its own
session, so that Ctrl-C at the terminal is the parent's affair alone.

It is run by its path, as a program: it imports nothing of ours.
"""

import argparse
import contextlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # it ships no types

PATIENCE_SECONDS = 3.0


class Supervisor:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.child: subprocess.Popen[bytes] | None = None
        self.farewell: list[signal.Signals] = []

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        match request.pop("do"):
            case "run":
                return self.run(**request)
            case "kill":
                self.kill()
        return {"exit_code": self.child.poll() if self.child else None}

    def run(
        self,
        arguments: list[str],
        log: str,
        user: int | None,
        environment: dict[str, str],
        farewell: list[str],
    ) -> dict[str, Any]:
        # Only one at a time, for only one is ended in the end.
        self.kill()
        with (self.folder / log).open("ab") as output:
            self.child = subprocess.Popen(  # noqa: S603 - our own parent says what to run
                arguments,
                cwd=self.folder,
                env=environment,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.farewell = [signal.Signals[name] for name in farewell]
        return {"pid": self.child.pid}

    def end(self) -> None:
        """Ask the child to end, by each of its signals in turn, then leave it no choice."""
        for number in self.farewell:
            if self.child is None or self.child.poll() is not None:
                return
            self.child.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(PATIENCE_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the child and its descendants as kill -9 does, and wait until they are gone."""
        if self.child is None or self.child.poll() is not None:
            return
        # Stopped first: else it could fork another between the listing and the kill.
        self.child.send_signal(signal.SIGSTOP)
        # PostgreSQL's backends have sessions of their own, so the process group would miss them.
        descendants = psutil.Process(self.child.pid).children(recursive=True)
        self.child.kill()
        for process in descendants:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.child.wait()
        while any(runs(process) for process in descendants):
            time.sleep(0.005)


def runs(process: psutil.Process) -> bool:
    """Tell a process that runs from a zombie, which may wait long for an init process slow to collect it."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def main() -> None:
    """Run until the parent is gone or a signal says so."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", required=True, help="how the folder's name begins")
    parser.add_argument("--inside", help="where the folder is made, if not where temporary files go")
    parser.add_argument("--container", help="a Docker container to remove at the end")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    try:
        with temporary_folder(options.prefix, options.inside) as folder:
            serve(Supervisor(folder))
    except OSError as error:
        tell({"error": str(error)})
    finally:
        if options.container:
            remove_container(options.container)


def leave(*_: object) -> None:
    """A second signal must not interrupt the clearing away that the first began."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(1)


@contextlib.contextmanager
def temporary_folder(prefix: str, inside: str | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=inside))
    try:
        yield folder
    finally:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while folder.exists() and time.monotonic() < deadline:
            shutil.rmtree(folder, ignore_errors=True)


def serve(supervisor: Supervisor) -> None:
    try:
        tell({"folder": str(supervisor.folder)})
        for line in sys.stdin:
            try:
                tell(supervisor.answer(json.loads(line)))
            except OSError as error:
                tell({"error": str(error)})
    finally:
        supervisor.end()


def tell(answer: dict[str, Any]) -> None:
    """Answer the parent, if it is still there to hear it."""
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(answer), flush=True)  # noqa: T201 - the pipe to the parent


def remove_container(name: str) -> None:
    program = Path(__file__).with_name("remove_container.py")
    subprocess.run([sys.executable, "-P", program, name], check=False)  # noqa: S603 - our own parent names it


if __name__ == "__main__":
    main()

"""A command told to end while it starts does so at once, without a stack trace, and leaves nothing."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

# Nobody listens there: what is tested is over before it matters.
NOWHERE = {
    "CLARION_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
    "CLARION_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:9/nothing",
    "CLARION_HTTP_PORT": "0",
}
LONG_RUNNING = [("run",), ("project",), ("dead-letters", "release", "--watch")]
# Python's own name for the end, and the shells'.
ENDS = {
    signal.SIGTERM: (0, -signal.SIGTERM, 128 + signal.SIGTERM),
    signal.SIGINT: (0, -signal.SIGINT, 128 + signal.SIGINT),
}

each_signal = pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)


@each_signal
@pytest.mark.parametrize("arguments", [*LONG_RUNNING, ("demo",), ("campaigns", "list")], ids=" ".join)
@pytest.mark.parametrize("module", ["typer", "cli.main"])
def test_a_command_that_is_still_being_imported_ends(
    arguments: Sequence[str], number: signal.Signals, module: str
) -> None:
    with _started(arguments, ("-X", "importtime")) as process:
        _await_line(process, f" {module}\n")
        process.send_signal(number)
        _, said = process.communicate()

    assert process.returncode in ENDS[number]
    assert "Traceback" not in said


@each_signal
@pytest.mark.parametrize("arguments", [("run",), ("project",)], ids=" ".join)
def test_a_command_that_waits_for_its_servers_ends(arguments: Sequence[str], number: signal.Signals) -> None:
    with _started(arguments) as process:
        _await_line(process, "starting")
        process.send_signal(number)
        out, said = process.communicate()

    assert process.returncode == 0
    assert "Traceback" not in out + said


@each_signal
@pytest.mark.parametrize("line", ["Starting PostgreSQL", "Starting Kafka"])
def test_a_demo_whose_servers_are_starting_leaves_nothing(
    number: signal.Signals, line: str, outside: Path
) -> None:
    with _started(("demo",), TMPDIR=str(outside), **dict.fromkeys(NOWHERE, "")) as process:
        assert process.stdout
        while line not in (printed := process.stdout.readline()):
            assert printed, "the demo ended"
        process.send_signal(number)
        _, said = process.communicate()

    assert process.returncode == 128 + number
    assert "Traceback" not in said
    assert list(outside.iterdir()) == []


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder that every user can enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _started(arguments: Sequence[str], options: Sequence[str] = (), **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *options, "-m", "cli", *arguments],
        env=os.environ | NOWHERE | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _await_line(process: subprocess.Popen[str], wanted: str) -> None:
    assert process.stderr
    while wanted not in (line := process.stderr.readline()):
        assert line, "the command ended"

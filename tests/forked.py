"""`clarion` in processes that share one start: a process that has imported the commands forks for each.

For tests of what a command prints and how it exits. What a start itself does is tested with `python -m cli`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
_SLOW_TO_IMPORT = {"demo", "prove"}


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


class Forks:
    def __init__(self, server: "subprocess.Popen[str]", folder: Path) -> None:
        self._server = server
        self._folder = folder

    def run(self, *arguments: str, **environment: str) -> Done:
        """The command with no settings but these, its output going to files."""
        out, err = self._folder / "out", self._folder / "err"
        asked = {"arguments": arguments, "environment": environment, "out": str(out), "err": str(err)}
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()
        code = int(self._server.stdout.readline())
        return Done(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


@contextmanager
def forks() -> Iterator[Forks]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CLARION_")}
    server = subprocess.Popen(
        # As a start whose output is no terminal, for which typer looks when it is imported.
        [sys.executable, "-m", "tests.forked"],
        cwd=ROOT,
        env=clean | {"TYPER_USE_RICH": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with TemporaryDirectory(prefix="clarion-forks-") as folder:
            yield Forks(server, Path(folder))
    finally:
        server.communicate()


def _serve() -> None:
    from importlib import import_module  # noqa: PLC0415 - of the server alone, as are those below

    from cli import campaigns, dead_letters, main  # noqa: PLC0415

    for listed in (main.COMMANDS, campaigns.COMMANDS, dead_letters.COMMANDS):
        for name in listed.keys() - _SLOW_TO_IMPORT:
            import_module(listed[name].target.partition(":")[0])
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            _become(asked["arguments"], asked["environment"], asked["out"], asked["err"])
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(arguments: list[str], environment: dict[str, str], out: str, err: str) -> None:
    """Run the command and exit as it does."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, number in ((nothing, 0), (_opened(out), 1), (_opened(err), 2)):
        os.dup2(descriptor, number)
    os.environ.update(environment)
    sys.argv = ["clarion", *arguments]
    code: object = 0
    try:
        from cli.entry import main  # noqa: PLC0415

        main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 - as Python itself reports it
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _opened(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


if __name__ == "__main__":
    _serve()

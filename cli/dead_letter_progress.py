"""What is shown while a replay runs: a bar on a terminal, and each change before it is made."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.dead_letter_views import printable
from consumer.dead_letters.mask import MASK
from consumer.replay.changes import change_document
from consumer.replay.check import Ready
from consumer.replay.watcher import ReplayWatcher

_LISTED_MAX: Final = 1_000


class ShownProgress(ReplayWatcher):
    def __init__(self, progress: Progress, *, reveal: bool, quiet: bool) -> None:
        self._progress = progress
        self._task = progress.add_task("dead letters", total=None)
        self._reveal = reveal
        self._quiet = quiet
        self.changes: list[dict[str, object]] = []
        """Of the first thousand letters."""

    def reading(self, records: int) -> None:
        self._progress.update(self._task, total=records)

    def read(self, records: int) -> None:
        self._progress.advance(self._task, records)

    def found(self, ready: Ready) -> None:
        if not ready.changes:
            return
        shown = [change_document(change, reveal=self._reveal) for change in ready.changes]
        if len(self.changes) < _LISTED_MAX:
            self.changes.append({"at": str(ready.letter.at), "changes": shown})
        if not self._quiet:
            _print(
                str(ready.letter.at), shown, self._progress.console.print if _is_terminal() else typer.echo
            )


@contextmanager
def shown_progress(*, reveal: bool, quiet: bool) -> Iterator[ShownProgress]:
    """On stderr, and only if that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True, markup=False, highlight=False)
    with Progress(*columns, console=console, transient=True, disable=not _is_terminal()) as progress:
        yield ShownProgress(progress, reveal=reveal, quiet=quiet)


def _is_terminal() -> bool:
    return sys.stderr.isatty()


def _print(at: str, changes: Sequence[dict[str, object]], write: Callable[[str], None]) -> None:
    write(at)
    for change in changes:
        for name, sign in (("before", "-"), ("after", "+")):
            if name in change:
                value = change[name]
                spelled = value if value == MASK else orjson.dumps(value).decode()
                write(printable(f"  {sign} {change['path']}: {spelled}"))

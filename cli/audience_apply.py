"""`clarion audiences apply`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from cli.audience_refusals import with_audiences
from cli.exit_codes import FAILED, USAGE
from cli.output import fail
from consumer.audiences import definitions
from consumer.audiences.files import ListFile, check_list, read_audience_file
from consumer.campaigns.documents import UnreadableFileError


def apply(file: Annotated[Path, typer.Argument(metavar="FILE", help="The audience as YAML.")]) -> None:
    """Store an audience, or its new definition; a list of members is stored with it, all of it or nothing.

    Executions that have their members are not changed. A file that changes nothing is no error.
    """
    try:
        audience = read_audience_file(file)
        members = _checked(file.parent / audience.members) if audience.members else None
        if members is None:
            applied = with_audiences(lambda database: definitions.apply(database, audience))
        else:
            with _progress(members.path, "Storing") as read:
                listed = ListFile(members.path, members.digest, read)
                applied = with_audiences(lambda database: definitions.apply(database, audience, listed))
    except UnreadableFileError as error:
        fail(str(error), USAGE if error.is_unopened else FAILED)
    listed_now = applied.audience.listed
    on_list = "" if listed_now is None else f", with {listed_now:,} on its list"
    what = "applied" if applied.is_changed else "unchanged"
    typer.echo(f"Audience '{audience.id}' is {what}{on_list}.")


def _checked(path: Path) -> ListFile:
    with _progress(path, "Checking") as read:
        return check_list(path, read)


@contextmanager
def _progress(path: Path, doing: str) -> Iterator[Callable[[int], None]]:
    """On a terminal, a bar."""
    columns = (TextColumn(doing), BarColumn(), TaskProgressColumn(), DownloadColumn(), TimeRemainingColumn())
    is_shown = path.is_file() and sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not is_shown) as progress:
        task = progress.add_task("", total=path.stat().st_size if is_shown else None)
        unshown = 0

        def read(count: int) -> None:
            nonlocal unshown
            unshown += count
            if unshown > 1 << 16:
                progress.advance(task, unshown)
                unshown = 0

        yield read

"""`clarion profiles`: import from JSON Lines, show one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TimeRemainingColumn

from cli.as_yaml import as_yaml
from cli.commands import Commands
from cli.database import with_database
from cli.exit_codes import FAILED, USAGE
from cli.output import JsonOption, fail, print_json
from config.loading import load_settings
from consumer.profiles.erasing import Secrets, erase, export
from consumer.profiles.importing import import_lines
from consumer.profiles.lines import BATCH_LINES, Line, Problem, batches, read_lines
from consumer.profiles.shown import profile_document
from consumer.store.database import Database

app = Commands(help="Profiles: the people that messages go to.")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON Lines; - reads standard input.")],
) -> None:
    """Import profiles, one JSON object a line.

    Those that exist are merged: attributes deeply, consents per channel. A line that cannot be imported is
    reported by its number, the others are imported, and the command exits with 1. Importing the same file
    again changes nothing.
    """
    with _opened(file) as (stream, size), _progress(stream, size) as lines:
        total = with_database(lambda database: _import(database, lines))
    typer.echo(f"{total.created} profiles created, {total.changed} changed, {total.refused} lines refused.")
    if total.refused:
        raise typer.Exit(FAILED)


@dataclass(slots=True)
class _Total:
    created: int = 0
    changed: int = 0
    refused: int = 0


async def _import(database: Database, lines: Iterator[Line | Problem]) -> _Total:
    total = _Total()
    for batch in batches(lines):
        done = await import_lines(database, [line for line in batch if isinstance(line, Line)])
        problems = [*(line for line in batch if isinstance(line, Problem)), *done.problems]
        for problem in sorted(problems, key=lambda problem: problem.number):
            typer.echo(f"line {problem.number}: {problem.sentence}", err=True)
        total.created += done.created
        total.changed += done.changed
        total.refused += len(problems)
    return total


@contextmanager
def _opened(file: Path) -> Iterator[tuple[BinaryIO, int | None]]:
    if str(file) == "-":
        yield sys.stdin.buffer, None
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        fail(f"{file}: {error.strerror}", USAGE)
    with stream:
        yield stream, file.stat().st_size


@contextmanager
def _progress(stream: BinaryIO, size: int | None) -> Iterator[Iterator[Line | Problem]]:
    """The lines; on a terminal a bar shows how far they are read."""
    columns = (BarColumn(), TaskProgressColumn(), DownloadColumn(), TimeRemainingColumn())
    is_shown = size is not None and sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not is_shown) as progress:
        task = progress.add_task("", total=size)

        def read() -> Iterator[Line | Problem]:
            for line in read_lines(stream):
                if is_shown and line.number % BATCH_LINES == 0:
                    progress.update(task, completed=stream.tell())
                yield line

        yield read()


@app.command()
def show(
    namespace: Annotated[str, typer.Argument(metavar="NAMESPACE")],
    user_id: Annotated[str, typer.Argument(metavar="USERID")],
    *,
    json: JsonOption = False,
) -> None:
    """Show the profile with this identity, including personal data."""
    document = with_database(lambda database: profile_document(database, namespace, user_id))
    if document is None:
        fail(f"No profile has the identity {namespace.lower()}:{user_id}.")
    if json:
        print_json(document)
    else:
        typer.echo(as_yaml(_readable(document)), nl=False)


def _readable(document: dict[str, Any]) -> dict[str, Any]:
    return document | {
        "id": str(document["id"]),
        "identities": [f"{each['namespace']}:{each['id']}" for each in document["identities"]],
        "createdAt": document["createdAt"].isoformat(),
    }


@app.command()
def delete(
    namespace: Annotated[str, typer.Argument(metavar="NAMESPACE")],
    user_id: Annotated[str, typer.Argument(metavar="USERID")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Erase a person: the profile, its identities, and its traces in every table, in one transaction.

    Recipients become a keyed hash. Suppressions of the person's addresses are removed as well.
    docs/privacy.md says what topics still hold, and for how long.
    """
    identity = namespace.lower(), user_id
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Erase all that is stored of {':'.join(identity)}?", abort=True)
    secrets = _secrets()
    erased = with_database(lambda database: erase(database, identity, secrets))
    if erased.profile_id is None and not erased.rows:
        fail(f"Nothing is stored of {':'.join(identity)}.")
    rows = ", ".join(f"{table} {count}" for table, count in erased.rows.items())
    profile = f"Profile {erased.profile_id} is deleted" if erased.profile_id else "There was no profile"
    typer.echo(f"{profile}; rows changed or removed: {rows or 'none'}.")


@app.command("export")
def export_person(
    namespace: Annotated[str, typer.Argument(metavar="NAMESPACE")],
    user_id: Annotated[str, typer.Argument(metavar="USERID")],
) -> None:
    """Print all that is stored of a person, as JSON."""
    identity, secrets = (namespace.lower(), user_id), _secrets()
    document = with_database(lambda database: export(database, identity, secrets))
    if document is None:
        fail(f"Nothing is stored of {':'.join(identity)}.")
    print_json(document)


def _secrets() -> Secrets:
    settings = load_settings()
    return Secrets(settings.signing_keys, settings.phone_region)

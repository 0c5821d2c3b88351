"""What commands print, and how they end: 0 done, 1 refused or failed, 2 usage, setting or file."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, NoReturn, TypeVar

import orjson
import typer
import yaml
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from config.loading import load_settings
from consumer.campaigns.documents import resolve_as_json
from consumer.campaigns.lifecycle import LifecycleError
from consumer.campaigns.review import Finding
from consumer.store.database import Database

FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 128 + signal.SIGINT
TERMINATED: Final = 128 + signal.SIGTERM
"""As shells report an end by Ctrl-C, and by SIGTERM."""
_SHORT: Final = 24
_WIDEST: Final = 1_000

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
Row = Mapping[str, object]
T = TypeVar("T")


def fail(message: str, code: int = FAILED) -> NoReturn:
    """End the command with one sentence on stderr."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def with_database(body: Callable[[Database], Awaitable[T]]) -> T:
    """Run the body with the database that CLARION_DATABASE_URL names.

    A LifecycleError ends the command in a sentence; the others are `main`'s to tell.
    """
    url = load_settings().database_url
    if url is None:
        fail(
            "Set CLARION_DATABASE_URL, for example postgresql://user:password@localhost:5432/clarion.", USAGE
        )
    try:
        return asyncio.run(_with_database(url, body))
    except LifecycleError as error:
        print_findings(error.findings)
        fail(str(error))


async def _with_database(url: str, body: Callable[[Database], Awaitable[T]]) -> T:
    async with await Database.connect(url) as database:
        return await body(database)


def print_findings(findings: Iterable[Finding]) -> None:
    """One line each, on stderr: they are about the file, not the result."""
    for finding in findings:
        typer.echo(f"{finding.severity}: {finding.path}: {finding.sentence}", err=True)


def print_json(value: object) -> None:
    """Indented JSON; times are RFC 3339 in UTC. Letters that the terminal's encoding lacks are escaped."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    text = orjson.dumps(value, default=str, option=options).decode()
    # Only strings hold other letters than ASCII's, and there an escape means the same.
    typer.echo(text if _can_print(text) else _NOT_ASCII.sub(_escaped, text), nl=False)


_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def as_yaml(document: object) -> str:
    """YAML for people to read: members in their order, long texts line by line."""
    text = _yaml(document, is_plain=True)
    return text if _can_print(text) else _yaml(document, is_plain=False)


def _yaml(document: object, *, is_plain: bool) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=is_plain, width=110)


# What PyYAML would break lines at, or cannot write without escapes.
_ODD: Final = re.compile(
    r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


class _Dumper(yaml.SafeDumper):
    pass


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _ODD.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
resolve_as_json(_Dumper)
_Dumper.add_multi_representer(str, _text)  # its subclasses too


def print_table(columns: Sequence[str], rows: Sequence[Row], *, as_json: bool) -> None:
    """The rows' columns as a table, or whole rows as a JSON array.

    In a pipe it is plain text with two spaces between columns, nothing cut.
    """
    if as_json:
        print_json(rows)
        return
    lines = [[shown(row.get(column)) for column in columns] for row in rows]
    if sys.stdout.isatty():
        _print_rich(columns, lines)
    else:
        _print_plain([list(columns), *lines])


def _print_rich(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Long texts are wrapped; what is then still too wide, the terminal breaks: nothing is cut."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for position, column in enumerate(columns):
        longest = max((cell_len(line[position]) for line in lines), default=0)
        table.add_column(_heading(column), no_wrap=position == 0 or longest <= _SHORT, overflow="fold")
    for line in lines:
        # As Text, so that brackets in a title are not read as markup.
        table.add_row(*map(Text, line))
    wide = Console(width=_WIDEST)
    needed = Measurement.get(wide, wide.options, table).minimum + 2 * len(columns)  # the space between
    Console(width=max(Console().width, needed)).print(table)


def _print_plain(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(cell_len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(padded).rstrip())


def _heading(column: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in column)


def shown(value: object) -> str:
    """A value as a table's cell."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(timespec="seconds").replace("+00:00", "Z")
        case list() | tuple():
            return ", ".join(map(shown, value))
        case dict():
            return ", ".join(f"{key}={shown(member)}" for key, member in value.items())
        case _:
            return str(value)

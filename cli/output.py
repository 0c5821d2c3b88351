"""What commands print: JSON, tables, and the sentence of a refusal."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, NoReturn

import orjson
import typer
from rich.cells import cell_len

from cli.exit_codes import FAILED

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
Row = Mapping[str, object]


def fail(message: str, code: int = FAILED) -> NoReturn:
    """End the command with one sentence on stderr."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def print_json(value: object) -> None:
    """Indented JSON; times are RFC 3339 in UTC. Letters that the terminal's encoding lacks are escaped."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    text = orjson.dumps(value, default=str, option=options).decode()
    # Only strings hold other letters than ASCII's, and there an escape means the same.
    typer.echo(text if can_print(text) else _NOT_ASCII.sub(_escaped, text), nl=False)


_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


def can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def print_table(columns: Sequence[str], rows: Sequence[Row], *, as_json: bool) -> None:
    """The rows' columns as a table, or whole rows as a JSON array.

    In a pipe it is plain text with two spaces between columns, nothing cut.
    """
    if as_json:
        print_json(rows)
        return
    lines = [[shown(row.get(column)) for column in columns] for row in rows]
    if sys.stdout.isatty():
        from cli.terminal_table import print_on_terminal  # noqa: PLC0415 - rich, which a pipe does not need

        print_on_terminal(columns, lines)
    else:
        _print_plain([list(columns), *lines])


def _print_plain(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(cell_len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(padded).rstrip())


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
            return " ".join(str(value).splitlines())

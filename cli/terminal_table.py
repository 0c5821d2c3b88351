"""A table on a terminal."""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_SHORT: Final = 24
_WIDEST: Final = 1_000


def print_on_terminal(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
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


def _heading(column: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in column)

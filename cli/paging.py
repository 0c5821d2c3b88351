"""Long lists come in pages: how long one is, where the next begins, and that there is one."""

from collections.abc import Sequence
from typing import Annotated, Final, Protocol, TypeVar

import typer

from consumer.store.cursor import Cursor

PAGE: Final = 50
EVERYTHING: Final = 2**31 - 1
"""More rows than any list has."""

Limit = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, help="Rows on a page; 0 lists all of them.", show_default=str(PAGE)),
]
After = Annotated[
    str | None, typer.Option(metavar="CURSOR", help="The next page: the cursor that the last page printed.")
]


class _Listed(Protocol):
    @property
    def cursor(self) -> Cursor: ...


T = TypeVar("T", bound=_Listed)


def page_size(limit: int | None, *, everything: bool) -> int:
    """How many rows to list, when `--limit` and `--all` are as given."""
    if limit is None:
        return EVERYTHING if everything else PAGE
    return limit or EVERYTHING


def parse_cursor(text: str | None) -> Cursor | None:
    """Raises BadParameter."""
    try:
        return Cursor.parse(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"--after {text!r} is not the cursor of a page.") from None


def cut(rows: Sequence[T], size: int, total: str) -> Sequence[T]:
    """The page, of rows that are one more when there is another page; that is then reported on stderr."""
    if len(rows) <= size:
        return rows
    page = rows[:size]
    typer.echo(f"Only {len(page):,} of {total} are listed; --limit 0 lists all.", err=True)
    typer.echo(f"The next page: --after {page[-1].cursor}", err=True)
    return page

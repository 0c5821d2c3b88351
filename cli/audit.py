"""`clarion audit`: who changed what."""

from textwrap import shorten
from typing import Annotated

import typer

from cli.commands import Commands
from cli.database import with_database
from cli.instant import WHEN, parse_instant
from cli.output import JsonOption, print_table, shown
from cli.paging import Limit, page_size
from consumer.audit.entries import list_entries, row
from consumer.store.audit import AuditFilter
from schemas.whole_numbers import INT64_MAX

app = Commands(help="The audit: who changed what, and when.")


@app.command("list")
def list_all(
    *,
    since: Annotated[str | None, typer.Option(metavar="T", help=f"Changed at or after {WHEN}")] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only by this operator, or this key (id or name).")
    ] = None,
    what: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT", help="Only such changes: campaign.activate, or campaign for all of them."
        ),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(metavar="ID", help="Only changes of this campaign, key, profile or run.")
    ] = None,
    limit: Limit = None,
    after: Annotated[
        int | None,
        typer.Option(
            metavar="ID", min=1, max=INT64_MAX, help="The next page: the id that the last page printed."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """List changes, the newest first: when, by whom, through which interface, before and after."""
    wanted = AuditFilter(parse_instant(since), by, what, subject)
    size = page_size(limit, everything=False)
    entries = with_database(lambda database: list_entries(database, wanted, size + 1, after))
    if len(entries) > size:
        typer.echo(f"The next page: --after {entries[size - 1].id}; --limit 0 lists all.", err=True)
    rows = [row(entry) for entry in entries[:size]]
    if not json:
        rows = [{**each, "before": _short(each["before"]), "after": _short(each["after"])} for each in rows]
    columns = ["at", "by", "name", "door", "what", "subject", "before", "after"]
    print_table(columns, rows, as_json=json)


def _short(changed: object) -> object:
    """So that a change has one line; `--json` has all of it."""
    if not isinstance(changed, dict):
        return changed
    return {name: shorten(shown(value), 60, placeholder=" ...") for name, value in changed.items()}

"""`clarion campaigns show`: one version of a campaign, as a file that can be applied again."""

from typing import Annotated

import typer

from cli.as_yaml import as_yaml
from cli.database import with_database
from cli.output import JsonOption, print_json, shown
from consumer.campaigns.views import find_shown
from consumer.store.database import Database
from schemas.whole_numbers import INT32_MAX


def show(
    campaign_id: Annotated[str, typer.Argument(metavar="ID", show_default=False)],
    version: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=INT32_MAX, help="Another version than the current.")
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """Show a version (the live one, else the draft, else the last) as a file that can be applied again."""

    async def find(database: Database) -> dict[str, object]:
        async with database.connection() as connection:
            return (await find_shown(connection, campaign_id, version)).document()

    document = with_database(find)
    if json:
        print_json(document)
    else:
        typer.echo(_text(document), nl=False)


def _text(document: dict[str, object]) -> str:
    """YAML, which `clarion campaigns apply` reads again."""
    definition = document.pop("definition")
    head = "".join(f"# {name}: {shown(value)}\n" for name, value in document.items() if value is not None)
    return head + as_yaml(definition)

"""`clarion keys`: who may call the gateway."""

from typing import Annotated, Final

import typer

from cli.database import with_database
from cli.exit_codes import USAGE
from cli.output import JsonOption, fail, print_json, print_table
from consumer.keys import administration
from consumer.keys.key import RATE_MAX, Limits, Scope, UnusableKeyError

_COLUMNS: Final = ("id", "name", "scopes", "campaigns", "labels", "rate", "createdAt", "revokedAt")

app = typer.Typer(no_args_is_help=True, help="API keys: who may call the gateway, and for what.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, as it is shown in lists.")],
    scopes: Annotated[list[Scope], typer.Option("--scope", help="What the key may be used for. Repeatable.")],
    campaigns: Annotated[
        list[str] | None,
        typer.Option("--campaign", metavar="ID", help="See and trigger only this campaign. Repeatable."),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option(
            "--label",
            metavar="LABEL",
            help="See and trigger only campaigns that have no other access labels. Repeatable.",
        ),
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=RATE_MAX,
            help="Calls per second that each gateway process answers. Default: any number.",
        ),
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """Create a key and print its id and its secret. The secret is shown this once only."""
    limits = Limits(campaigns or (), labels or (), rate)
    try:
        key = with_database(lambda database: administration.create(database, name, scopes, limits))
    except UnusableKeyError as error:
        fail(str(error), USAGE)
    if json:
        print_json(
            {
                "id": key.id,
                "secret": key.secret,
                "name": key.name,
                "scopes": key.scopes,
                **key.limits.document(),
            }
        )
        return
    typer.echo(f"id      {key.id}")
    typer.echo(f"secret  {key.secret}")
    typer.echo("Store the secret now: it cannot be shown again.", err=True)


@app.command("list")
def list_all(*, json: JsonOption = False) -> None:
    """List all keys, including revoked ones, the oldest first. Secrets are not shown."""
    keys = with_database(administration.list_all)
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "scopes": sorted(key.scopes),
            **key.limits.document(),
            "createdAt": key.created_at,
            "revokedAt": key.revoked_at,
        }
        for key in keys
    ]
    print_table(_COLUMNS, rows, as_json=json)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id.")]) -> None:
    """Refuse the key and its tokens from now on, within a second everywhere. Safe to repeat."""
    if with_database(lambda database: administration.revoke(database, key_id)) is None:
        fail(f"There is no key {key_id}; `clarion keys list` shows them all.")
    typer.echo(f"{key_id} is revoked.")

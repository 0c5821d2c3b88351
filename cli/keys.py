"""`clarion keys`: who may call the gateway."""

from typing import Annotated

import typer

from cli.database import with_database
from cli.exit_codes import USAGE
from cli.output import JsonOption, fail, print_json, print_table
from consumer.keys import administration
from consumer.keys.key import Scope
from schemas.characters import BREAKS_OR_CONTROLS

app = typer.Typer(no_args_is_help=True, help="API keys: who may call the gateway, and for what.")

_NAME_LENGTH_MAX = 100


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, as it is shown in lists.")],
    scopes: Annotated[list[Scope], typer.Option("--scope", help="What the key may be used for. Repeatable.")],
    *,
    json: JsonOption = False,
) -> None:
    """Create a key and print its id and its secret. The secret is shown this once only."""
    if not 1 <= len(name) <= _NAME_LENGTH_MAX or BREAKS_OR_CONTROLS.search(name):
        fail(f"A key's name has 1 to {_NAME_LENGTH_MAX} characters and is one line.", USAGE)
    key = with_database(lambda database: administration.create(database, name, scopes))
    if json:
        print_json({"id": key.id, "secret": key.secret, "name": key.name, "scopes": key.scopes})
        return
    typer.echo(f"id      {key.id}")
    typer.echo(f"secret  {key.secret}")
    typer.echo("Store the secret now: it cannot be shown again.", err=True)


@app.command("list")
def list_all(*, json: JsonOption = False) -> None:
    """List all keys, revoked ones too, the oldest first. Secrets are not shown."""
    keys = with_database(administration.list_all)
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "scopes": sorted(key.scopes),
            "createdAt": key.created_at,
            "revokedAt": key.revoked_at,
        }
        for key in keys
    ]
    print_table(["id", "name", "scopes", "createdAt", "revokedAt"], rows, as_json=json)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id.")]) -> None:
    """Refuse the key and its tokens from now on, within a second everywhere. Safe to repeat."""
    if with_database(lambda database: administration.revoke(database, key_id)) is None:
        fail(f"There is no key {key_id}; `clarion keys list` shows them all.")
    typer.echo(f"{key_id} is revoked.")

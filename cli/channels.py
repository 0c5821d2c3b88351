"""`clarion channels`: the channel configurations, named sender settings."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands import Commands
from cli.database import with_database
from cli.exit_codes import FAILED, USAGE
from cli.output import JsonOption, fail, print_table
from consumer.campaigns.configurations import apply_configurations
from consumer.campaigns.files import UnreadableFileError, read_channels
from consumer.store.configurations import find_configurations
from consumer.store.database import Database

app = Commands(help="Channel configurations: sender settings that campaigns name.")


@app.command()
def apply(file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)]) -> None:
    """Add or replace the file's configurations, all or none; others stay. Live campaigns use them at once."""
    try:
        configurations = read_channels(file)
    except UnreadableFileError as error:
        fail(str(error), USAGE if error.is_unopened else FAILED)
    changed = with_database(lambda database: apply_configurations(database, configurations))
    for name in configurations:
        typer.echo(f"Channel configuration '{name}' is {'applied' if name in changed else 'unchanged'}.")


@app.command("list")
def list_all(*, json: JsonOption = False) -> None:
    """List all channel configurations."""

    async def find(database: Database) -> list[dict[str, object]]:
        async with database.connection() as connection:
            stored = await find_configurations(connection)
        return [
            {
                "name": name,
                "channel": found.configuration.channel,
                "sender": found.configuration.sender,
                "updatedAt": found.updated_at,
            }
            for name, found in stored.items()
        ]

    print_table(["name", "channel", "sender", "updatedAt"], with_database(find), as_json=json)

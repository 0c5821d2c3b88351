"""`clarion schemas`: the wire formats as files for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands import Commands
from schemas.export import export as export_to

app = Commands(help="JSON Schema and AsyncAPI of everything that goes over the wire.")


@app.callback()
def _group() -> None:
    """Make it a group, though it has one command."""


@app.command()
def export(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Created if it does not exist; files in it are replaced.")
    ],
) -> None:
    """Write the schema of each record and file, and one AsyncAPI document for all topics."""
    try:
        written = export_to(directory)
    except OSError as error:
        typer.echo(f"Cannot write to {error.filename or directory}: {error.strerror}.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Wrote {len(written)} files to {directory}.")

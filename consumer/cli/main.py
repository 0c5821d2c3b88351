"""`clarion`: its commands, and the one place where an error becomes a sentence and an exit code."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from config.settings import SettingsError
from consumer.cli import schemas, topics
from consumer.cli.migrate import migrate
from consumer.cli.run import run
from consumer.cli.send import send
from consumer.store.errors import DatabaseError

app = typer.Typer(
    help="API-triggered campaigns on Kafka: every trigger takes effect exactly once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(migrate)
app.add_typer(topics.app, name="topics")
app.command()(run)
app.command()(send)
app.add_typer(schemas.app, name="schemas")


def _print_version(wanted: bool | None) -> None:  # noqa: FBT001 - how typer calls it
    if wanted:
        typer.echo(f"clarion {version('clarion')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool | None,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = None,
) -> None:
    pass


def main() -> None:
    """Run the command. Exit codes: 0 done, 1 refused or failed, 2 usage or unusable setting."""
    try:
        app()
    except SettingsError as error:
        _fail(str(error), 2)
    except DatabaseError as error:
        _fail(str(error), 1)
    except KafkaError as error:
        _fail(f"Kafka: {error}. Check CLARION_KAFKA_BOOTSTRAP_SERVERS and the brokers.", 1)


def _fail(sentence: str, code: int) -> None:
    typer.echo(sentence, err=True)
    sys.exit(code)

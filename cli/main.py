"""`clarion`: its commands, and the one place where an error becomes a sentence and an exit code."""

import asyncio
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Annotated

import typer
from aiokafka.errors import KafkaConnectionError, KafkaError

from cli import (
    allow_list,
    campaigns,
    channels,
    dead_letters,
    executions,
    profiles,
    schemas,
    suppressions,
    topics,
)
from cli.backtest import backtest
from cli.demo import demo
from cli.migrate import migrate
from cli.output import FAILED, INTERRUPTED, USAGE
from cli.project import project
from cli.prove import prove
from cli.run import run
from cli.send import send
from cli.status import status
from cli.streams import UnwritableError, abandon_output, set_up_streams
from cli.text import BrokenTextError, refuse_broken_text
from config.errors import SettingsError
from config.kafka import kafka_client_options
from config.loading import load_settings
from consumer.kafka.diagnosis import unreachable
from consumer.kafka.errors import ExplainedKafkaError, UnreadableBatchError
from consumer.store.errors import DatabaseError

app = typer.Typer(
    help="API-triggered campaigns on Kafka: every trigger takes effect exactly once.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command()(demo)
app.command()(migrate)
app.add_typer(topics.app, name="topics")
app.command()(run)
app.command()(send)
app.add_typer(channels.app, name="channels")
campaigns.app.command()(backtest)
app.add_typer(campaigns.app, name="campaigns")
app.add_typer(profiles.app, name="profiles")
app.add_typer(suppressions.app, name="suppressions")
app.add_typer(allow_list.app, name="allow-list")
app.command()(project)
app.command()(status)
app.add_typer(executions.app, name="executions")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(schemas.app, name="schemas")
app.command()(prove)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - how typer calls it
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
    # What libraries log is for `run`, which sets it up; elsewhere the error itself is told.
    set_up_streams()
    logging.basicConfig(level=logging.CRITICAL)
    try:
        refuse_broken_text(sys.argv[1:])
        with _interrupts_raised():
            app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except UnwritableError as error:
        abandon_output()
        _fail(str(error), FAILED)
    except BrokenTextError as error:
        _fail(str(error), USAGE)
    except SettingsError as error:
        _fail(str(error), USAGE)
    except DatabaseError as error:
        _fail(str(error), 1)
    except ExplainedKafkaError as error:
        _fail(str(error), 1)
    except KafkaConnectionError:
        _fail(str(asyncio.run(unreachable(kafka_client_options(load_settings())))), 1)
    except UnreadableBatchError as error:
        _fail(str(error), 1)
    except KafkaError as error:
        _fail(f"Kafka refuses: {error}.", 1)


@contextmanager
def _interrupts_raised() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt while a command runs, so that it can clear up."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _fail(sentence: str, code: int) -> None:
    typer.echo(sentence, err=True)
    sys.exit(code)

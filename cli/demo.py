"""`clarion demo`."""
# The story and its servers are imported where they are used: no other command needs them.
# ruff: noqa: PLC0415

import asyncio
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.exit_codes import FAILED, INTERRUPTED, TERMINATED
from cli.output import fail

if TYPE_CHECKING:
    from demo import LogTail, Screen


def demo(
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep everything running afterwards, until Ctrl-C.")
    ] = False,
) -> None:
    """Run the demonstration on a Kafka and a PostgreSQL of its own; no settings are needed.

    On servers that CLARION_KAFKA_BOOTSTRAP_SERVERS and CLARION_DATABASE_URL name it makes topics and a
    database of its own, and deletes them at the end. Exits with 1 if a result is not the expected one.
    """
    from demo import DemoError, LogTail, Screen
    from embedded import EmbeddedError

    screen, log = Screen.of_stdout(), LogTail.instead_of_stderr()
    try:
        surprises = asyncio.run(_perform(screen, keep=keep))
    except (KeyboardInterrupt, asyncio.CancelledError) as signalled:
        screen.say("Stopped before the end; nothing is left running.")
        raise typer.Exit(INTERRUPTED if isinstance(signalled, KeyboardInterrupt) else TERMINATED) from None
    except EmbeddedError as error:
        fail(str(error))
    except DemoError as error:
        surprises = [str(error)]
    if surprises:
        _tell(surprises, log)
        raise typer.Exit(FAILED)


async def _perform(screen: "Screen", *, keep: bool) -> Sequence[str]:
    """A SIGTERM clears the stage as Ctrl-C does."""
    from demo import perform

    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await perform(screen, keep=keep)


def _tell(surprises: Sequence[str], log: "LogTail") -> None:
    for sentence in surprises:
        typer.echo(sentence, err=True)
    if log.lines:
        typer.echo("The last of the engine's log:", err=True)
        typer.echo("\n".join(log.lines), err=True)

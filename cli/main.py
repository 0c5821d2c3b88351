"""`clarion`: its commands, and the one place where an error becomes a sentence and an exit code."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Annotated, Final

import typer

from cli.exit_codes import FAILED, INTERRUPTED, USAGE
from cli.hidden import hidden_package
from cli.lazy import Lazy, lazy_group
from cli.streams import UnreadableInputError, UnwritableError, abandon_output, set_up_streams
from cli.text import BrokenTextError, refuse_broken_text

COMMANDS: Final = {
    "demo": Lazy(
        "cli.demo:demo",
        "Run the demonstration on a Kafka and a PostgreSQL of its own; no settings are needed.",
    ),
    "migrate": Lazy("cli.migrate:migrate", "Create or upgrade the tables for this version. Safe to repeat."),
    "topics": Lazy("cli.topics:app", "The topics of an installation."),
    "run": Lazy("cli.run:run", "Execute triggers until SIGTERM or Ctrl-C, then finish the running batch."),
    "send": Lazy("cli.send:send", "Send triggers and print the ids to look them up with."),
    "channels": Lazy("cli.channels:app", "Channel configurations: sender settings that campaigns name."),
    "campaigns": Lazy("cli.campaigns:app", "Campaigns: what is sent, to whom, by which channels, and when."),
    "audiences": Lazy(
        "cli.audiences:app", "Audiences: one call that becomes a message to everybody who belongs to it."
    ),
    "rules": Lazy("cli.rules:app", "Rule sets: quiet hours and frequency caps for marketing campaigns."),
    "profiles": Lazy("cli.profiles:app", "Profiles: the people that messages go to."),
    "suppressions": Lazy("cli.suppressions:app", "Suppressions: addresses that are not to be messaged."),
    "allow-list": Lazy(
        "cli.allow_list:app",
        "The allow list: while it is on, only addresses on it get messages; empty, it stops everything.",
    ),
    "audit": Lazy("cli.audit:app", "The audit: who changed what, and when."),
    "keys": Lazy("cli.keys:app", "API keys: who may call the gateway, and for what."),
    "serve": Lazy(
        "cli.serve:serve",
        "Take triggers by HTTP until SIGTERM or Ctrl-C, then finish the calls in flight.",
    ),
    "project": Lazy(
        "cli.project:project",
        "Copy executions, dead letters and resolutions into PostgreSQL, until SIGTERM or Ctrl-C.",
    ),
    "feedback": Lazy(
        "cli.feedback:feedback",
        "Process the reports of channel services (states, suppressions, consents, figures) until stopped.",
    ),
    "reports": Lazy(
        "cli.reports:app", "Reports: whom campaigns targeted, and what became of their messages."
    ),
    "status": Lazy(
        "cli.status:status",
        "Show whether triggers are executed, how many wait, and which dead letters are open.",
    ),
    "executions": Lazy("cli.executions:app", "Executions: what became of each call."),
    "dead-letters": Lazy("cli.dead_letters:app", "Triggers that could not be executed: why, and what to do."),
    "samples": Lazy(
        "cli.samples:samples",
        "Write the sample campaigns, channels, rule sets and profiles to a folder, as a start.",
    ),
    "schemas": Lazy("cli.schemas:app", "JSON Schema and AsyncAPI of everything that goes over the wire."),
    "prove": Lazy(
        "cli.prove:prove",
        'Try to break "exactly once": real processes, real faults, and a count by another client.',
    ),
}

app = typer.Typer(
    cls=lazy_group(COMMANDS),
    help="API-triggered campaigns on Kafka: every trigger takes effect exactly once.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


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
    # What libraries log is for `run`, which sets it up; elsewhere the error itself is printed.
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
    except (BrokenTextError, UnreadableInputError) as error:
        _fail(str(error), USAGE)
    except ImportError as error:
        if (sentence := hidden_package(error)) is None:
            raise
        _fail(sentence, FAILED)
    except Exception as error:
        from cli.failures import explained  # noqa: PLC0415 - the clients' errors come with the clients

        if (known := explained(error)) is None:
            raise
        _fail(*known)


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

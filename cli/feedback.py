"""`clarion feedback`: the process that reads what channel services report."""

from typing import Annotated

import typer

from cli.following import follow
from consumer.feedback import FeedbackProcess


def feedback(
    *,
    once: Annotated[bool, typer.Option("--once", help="Read what the topics hold now, then exit.")] = False,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Empty the figures first and read the topics from the beginning."),
    ] = False,
) -> None:
    """Process the reports of channel services (states, suppressions, consents, figures) until stopped.

    One process works at a time; others stand by and take over. If another one runs, --rebuild makes it start
    over. A rebuild changes no suppression and no consent: each event has its effects once.
    """
    follow(FeedbackProcess, once=once, rebuild=rebuild)

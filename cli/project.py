"""`clarion project`: the projector."""

from typing import Annotated

import typer

from cli.following import follow
from consumer.projector import Projector


def project(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Read to the present ends of the topics, then stop.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Empty the tables first and read the topics from the beginning.")
    ] = False,
) -> None:
    """Keep executions, dead letters and resolutions in PostgreSQL, until told to stop (SIGTERM, Ctrl-C).

    One projector works at a time; others stand by and take over. If another projector runs, --rebuild makes
    it start over.
    """
    follow(Projector, once=once, rebuild=rebuild)

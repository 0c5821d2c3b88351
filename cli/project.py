"""`clarion project`: the projector."""

from typing import Annotated

import typer

from cli.following import follow
from consumer.projector import Projector


def project(
    *,
    once: Annotated[bool, typer.Option("--once", help="Read what the topics hold now, then exit.")] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Empty the tables first and read the topics from the beginning.")
    ] = False,
) -> None:
    """Copy executions, dead letters and resolutions into PostgreSQL, until SIGTERM or Ctrl-C.

    One projector works at a time; others stand by and take over. If another projector runs, --rebuild makes
    it start over.
    """
    follow(Projector, once=once, rebuild=rebuild)

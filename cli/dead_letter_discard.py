"""`clarion dead-letters discard`."""

from typing import Annotated
from uuid import uuid4

import typer

from cli import dead_letter_options as options
from cli.dead_letter_audit import record_change
from cli.exit_codes import FAILED
from cli.operator import operator_name
from cli.output import JsonOption, print_json
from consumer.kafka.cluster import Cluster
from consumer.replay.discard import discard as discard_letters
from consumer.replay.outgoing import Run
from consumer.replay.recording import record_discard


def discard(
    at: Annotated[list[str], typer.Argument(metavar="PARTITION:OFFSET...", show_default=False)],
    *,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the record.", show_default=False)],
    operator: options.Operator = None,
    json: JsonOption = False,
) -> None:
    """Resolve dead letters without replaying them. They stay on the topic until they expire."""
    if not note.strip():
        raise typer.BadParameter("say in --note why they are discarded.")
    places = list(map(options.letter_place, dict.fromkeys(at)))
    settings = options.kafka_settings()
    run = Run(str(uuid4()), operator_name(operator, settings))
    record_change(settings, operator, lambda connection: record_discard(connection, run, places, note))
    refused = options.run_to_end(discard_letters(Cluster.of(settings), places, run, note.strip()))
    if json:
        rows = [
            {"at": str(place), "discarded": place not in refused, "why": refused.get(place)}
            for place in places
        ]
        print_json(rows)
    else:
        for place, why in refused.items():
            typer.echo(f"{place}: {why}.", err=True)
        typer.echo(f"{len(places) - len(refused)} discarded. Run {run.run_id} by {run.operator}.")
    if refused:
        raise typer.Exit(FAILED)

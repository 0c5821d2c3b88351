"""`clarion dead-letters show`."""

from typing import Annotated

import typer

from cli import dead_letter_options as options
from cli import dead_letter_views as views
from cli.as_yaml import as_yaml
from cli.output import JsonOption, fail, print_json
from consumer.dead_letters.document import document
from consumer.dead_letters.lookup import look_up
from consumer.kafka.cluster import Cluster

At = Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", show_default=False)]


def show(at: At, *, reveal: options.Reveal = False, json: JsonOption = False) -> None:
    """Show one dead letter: why it failed, what to do about it, its trigger, and what was done."""
    place = options.letter_place(at)
    looked = options.run_to_end(look_up(Cluster.of(options.kafka_settings()), place))
    if looked is None:
        fail(f"There is no dead letter at {place}: it has expired, or never was.")
    shown = document(looked, reveal=reveal)
    if json:
        print_json(shown)
    else:
        typer.echo(as_yaml(views.readable(shown)), nl=False)

"""`clarion dead-letters`: list, show, replay, discard, release."""

from typing import Annotated
from uuid import uuid4

import typer

from cli import dead_letter_options as options
from cli import dead_letter_views as views
from cli.dead_letter_release import release
from cli.dead_letter_replay import replay
from cli.output import FAILED, JsonOption, as_yaml, fail, print_json, print_table
from cli.paging import After, Limit, cut, page_size, parse_cursor
from consumer.dead_letters.kafka_source import KafkaSource
from consumer.dead_letters.lookup import look_up
from consumer.dead_letters.projected_source import ProjectedSource
from consumer.dead_letters.source import DeadLetterSource, GroupBy, Standing
from consumer.kafka.cluster import Cluster
from consumer.replay.discard import discard as discard_letters
from consumer.replay.placed import Run

app = typer.Typer(no_args_is_help=True, help="Triggers that could not be executed: why, and what to do.")
app.command()(replay)
app.command()(release)

At = Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", show_default=False)]


@app.command("list")
def list_letters(
    *,
    reason: options.Reasons = None,
    campaign: options.Campaigns = None,
    request_id: options.RequestIds = None,
    since: options.Since = None,
    until: options.Until = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="Those replayed or discarded.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="All letters, resolved or not, on one page.")
    ] = False,
    by: Annotated[GroupBy | None, typer.Option(help="Count them instead of listing them.")] = None,
    limit: Limit = None,
    after: After = None,
    json: JsonOption = False,
) -> None:
    """List dead letters, the newest first; without --all or --resolved those that nothing was done about."""
    standing: Standing = "all" if everything else "resolved" if resolved else "unresolved"
    choice = options.choice(
        reasons=reason, campaigns=campaign, request_ids=request_id, since=since, until=until
    )
    source = _source()
    if by:
        groups = options.run_to_end(source.groups(choice, standing, by))
        name = "reason" if by == "reason" else "campaignId"
        rows = views.group_rows(groups, name)
        print_table([name, "count", "oldest", "newest", "example"], rows, as_json=json)
        return
    size = page_size(limit, everything=everything)
    found = options.run_to_end(source.page(choice, standing, size + 1, parse_cursor(after)))
    letters = cut(found.letters, size, f"{found.total:,} dead letters")
    if json:
        print_json([views.row(listed) for listed in letters])
        return
    if letters:
        print_table(views.COLUMNS, [views.line(listed) for listed in letters], as_json=False)
    typer.echo(f"{len(letters):,} of {found.total:,} dead letters.", err=True)


@app.command()
def show(at: At, *, reveal: options.Reveal = False, json: JsonOption = False) -> None:
    """Show one dead letter: its trigger, why it failed, what to do about it, and what was done."""
    place = options.coordinates(at)
    looked = options.run_to_end(look_up(_cluster(), place))
    if looked is None:
        fail(f"There is no dead letter at {place}: it has expired, or never was.")
    document = views.document(looked, reveal=reveal)
    if json:
        print_json(document)
    else:
        typer.echo(as_yaml(document), nl=False)


@app.command()
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
    places = list(map(options.coordinates, dict.fromkeys(at)))
    run = Run(str(uuid4()), options.operator_name(operator))
    refused = options.run_to_end(discard_letters(_cluster(), places, run, note.strip()))
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


def _cluster() -> Cluster:
    return Cluster.of(options.kafka_settings())


def _source() -> DeadLetterSource:
    settings = options.kafka_settings()
    return ProjectedSource(settings, KafkaSource(Cluster.of(settings)))

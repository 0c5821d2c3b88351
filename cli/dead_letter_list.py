"""`clarion dead-letters list`."""

from dataclasses import replace
from typing import Annotated

import typer

from cli import dead_letter_options as options
from cli import dead_letter_views as views
from cli.output import JsonOption, print_json, print_table
from cli.paging import After, Limit, cut, page_size, parse_cursor
from consumer.dead_letters.document import group_rows, row
from consumer.dead_letters.kafka_source import KafkaSource
from consumer.dead_letters.projected_source import ProjectedSource
from consumer.dead_letters.source import DeadLetterSource, GroupBy, LetterState
from consumer.kafka.cluster import Cluster


def list_letters(
    *,
    reason: options.Reasons = None,
    campaign: options.Campaigns = None,
    request_id: options.RequestIds = None,
    since: options.Since = None,
    until: options.Until = None,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Only resolved letters (replayed or discarded).")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Include letters that were replayed or discarded, on one page.")
    ] = False,
    held: Annotated[
        bool, typer.Option("--held", help="Include messages that are held until quiet hours end.")
    ] = False,
    by: Annotated[GroupBy | None, typer.Option(help="Count letters instead of listing them.")] = None,
    limit: Limit = None,
    after: After = None,
    json: JsonOption = False,
) -> None:
    """List open dead letters, newest first."""
    state: LetterState = "all" if everything else "resolved" if resolved else "unresolved"
    choice = options.choice(
        reasons=reason, campaigns=campaign, request_ids=request_id, since=since, until=until
    )
    choice = replace(choice, with_held=held)
    source = _source()
    if by:
        groups = options.run_to_end(source.groups(choice, state, by))
        name = "reason" if by == "reason" else "campaignId"
        rows = group_rows(groups, name)
        print_table([name, "count", "oldest", "newest", "example"], rows, as_json=json)
        return
    size = page_size(limit, everything=everything)
    found = options.run_to_end(source.page(choice, state, size + 1, parse_cursor(after)))
    letters = cut(found.letters, size, f"{found.total:,} dead letters")
    if json:
        print_json([row(listed) for listed in letters])
        return
    if letters:
        print_table(views.COLUMNS, [views.line(listed) for listed in letters], as_json=False)
    typer.echo(f"{len(letters):,} of {found.total:,} dead letters.", err=True)


def _source() -> DeadLetterSource:
    settings = options.kafka_settings()
    return ProjectedSource(settings, KafkaSource(Cluster.of(settings)))

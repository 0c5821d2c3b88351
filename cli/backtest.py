"""`clarion campaigns backtest`: what another version would have made of past triggers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as ProgressBar

from cli import backtest_views as views
from cli.database import with_database
from cli.instant import WHEN, parse_instant
from cli.output import JsonOption, fail, print_json, print_table
from cli.settings import require
from config.kafka import kafka_client_options
from config.loading import load_settings
from config.settings import Settings
from consumer.backtest import Backtest, Report, find_baseline, find_candidate
from consumer.backtest.run import Progress
from consumer.backtest.trial import Trial
from consumer.kafka.errors import TopicsMissingError
from consumer.kafka.reader import TopicReader
from consumer.kafka.topics import Topics
from consumer.rules.campaign import Campaign, NotLive
from consumer.rules.policy import Policy
from consumer.store.batch import DatabaseBatchStore
from consumer.store.database import Database

Versions = tuple[Campaign | NotLive, Campaign]


def backtest(
    campaign_id: Annotated[str, typer.Argument(metavar="ID", show_default=False)],
    *,
    version: Annotated[str, typer.Option(metavar="N|draft", help="The version to try.")] = "draft",
    since: Annotated[str, typer.Option(metavar="T", help=f"Triggers since {WHEN}")] = "1d",
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="Stop after this many triggers.")] = 10_000,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show recipients and rendered content, which may hold secrets.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Run past triggers through another version and compare with the live one. Sends and writes nothing.

    Each trigger is judged as of its own time; profiles, consents and suppressions are those of today.
    """
    settings = require(load_settings(), "kafka_bootstrap_servers", "database_url")
    began = parse_instant(since) or datetime.now(UTC)

    async def compare(database: Database) -> tuple[Versions, Report]:
        async with database.connection() as connection:
            before = await find_baseline(connection, campaign_id)
            after = await find_candidate(connection, campaign_id, version)
        with _progress() as progress:
            judged = _judged(settings, database, campaign_id, (before, after))
            async with _reader(settings, (before, after)) as reader:
                return (before, after), await judged.run(reader, began, limit, progress)

    try:
        versions, report = with_database(compare)
    except TopicsMissingError as error:
        fail(f"Topics are {error}.")
    if not report.is_complete:
        typer.echo("The limit ended it: later triggers were not judged (--limit).", err=True)
    if json:
        print_json(_document(campaign_id, versions, began, report, reveal=reveal))
    else:
        _print(campaign_id, versions, began, report, reveal=reveal)


def _judged(settings: Settings, database: Database, campaign_id: str, versions: Versions) -> Backtest:
    topics, store = Topics(settings.topic_prefix), DatabaseBatchStore(database)
    policy = Policy(settings.consent_default, settings.phone_region)
    before, after = (
        Trial(campaign_id, known, store=store, topics=topics, policy=policy) for known in versions
    )
    return Backtest(campaign_id, before, after)


def _reader(settings: Settings, versions: Versions) -> TopicReader:
    """Of the lanes that the versions belong to."""
    topics = Topics(settings.topic_prefix)
    lanes = dict.fromkeys(known.lane for known in versions if isinstance(known, Campaign))
    return TopicReader(kafka_client_options(settings), list(map(topics.triggers, lanes)))


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on stderr, if that is a terminal."""
    console = Console(stderr=True)
    with ProgressBar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("triggers", total=None)
        yield lambda read, total: bar.update(task, completed=read, total=total)


def _print(campaign_id: str, versions: Versions, began: datetime, report: Report, *, reveal: bool) -> None:
    comparison = report.comparison
    typer.echo(
        f"Campaign '{campaign_id}': {_name(versions[0])} against {_name(versions[1])}, "
        f"{comparison.triggers:,} triggers since {began.isoformat(timespec='seconds')}."
    )
    if report.replays:
        typer.echo(f"{report.replays:,} replays are left out: their first tries are judged.")
    if not comparison.triggers:
        return
    print_table(["before", "after", "count"], views.change_rows(comparison), as_json=False)
    typer.echo(f"Rendered content differs in {comparison.content_changed:,} triggers.")
    for examples in comparison.examples.values():
        for example in examples:
            typer.echo("\n".join(views.example_lines(example, reveal=reveal)))
    if comparison.content_changed and not reveal:
        typer.echo("See the content with --reveal.", err=True)


def _document(
    campaign_id: str, versions: Versions, began: datetime, report: Report, *, reveal: bool
) -> dict[str, object]:
    comparison = report.comparison
    return {
        "campaignId": campaign_id,
        "before": versions[0].version,
        "after": versions[1].version,
        "since": began,
        "triggers": comparison.triggers,
        "replaysLeftOut": report.replays,
        "isComplete": report.is_complete,
        "changes": views.change_rows(comparison),
        "contentChanged": comparison.content_changed,
        "examples": views.example_documents(comparison, reveal=reveal),
    }


def _name(known: Campaign | NotLive) -> str:
    if isinstance(known, NotLive):
        return f"no live version ({known.status})"
    return f"version {known.version}"

"""`clarion executions`: what became of a call."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from cli import execution_views as views
from cli.commands import Commands
from cli.database import with_database
from cli.instant import WHEN, parse_instant
from cli.output import JsonOption, fail, print_json, print_table
from cli.paging import After, Limit, cut, page_size, parse_cursor
from config.loading import load_settings
from consumer.preview.past import explain_call
from consumer.reports.by_person import NotFindableError, people_sought
from consumer.reports.calls import Document, document, row
from consumer.reports.executions import outcome_counts, page_of_executions
from consumer.reports.lookup import ATTEMPTS_MAX, Offsets, find_call
from consumer.reports.progress import NEVER_RUN, shortfall
from consumer.store.executions import ExecutionFilter, StoredExecution
from schemas.execution import OutcomeKind
from schemas.reasons import Reason

app = Commands(help="Executions: what became of each call.")

Campaign = Annotated[str | None, typer.Option("--campaign", metavar="ID", help="Only of this campaign.")]
Since = Annotated[str | None, typer.Option(metavar="T", help=f"Decided at or after {WHEN}")]


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="EXECUTION_OR_REQUEST_ID", show_default=False)],
    *,
    campaign: Campaign = None,
    json: JsonOption = False,
) -> None:
    """Show what became of one request: each attempt, recipient and channel, dead letters and replays."""
    call = with_database(lambda database: find_call(database, id_, campaign))
    executions, letters = call.executions, call.letters
    _tell_shortfall(call.offsets)
    if not executions and not letters:
        hint = "" if call.offsets else f" {NEVER_RUN}"
        fail(f"No execution or dead letter is known by the id '{id_}'.{hint}")
    _refuse_several_campaigns(id_, executions)
    if ATTEMPTS_MAX in (len(executions), len(letters)):
        typer.echo(f"Only the first {ATTEMPTS_MAX:,} attempts and dead letters are shown.", err=True)
    shown = document(executions, letters, call.deliveries)
    if json:
        print_json(shown)
    else:
        _print_shown(shown)


def _refuse_several_campaigns(id_: str, executions: Sequence[StoredExecution]) -> None:
    campaigns = sorted({execution.campaign_id for execution in executions})
    if len(campaigns) > 1:
        fail(f"'{id_}' was sent to several campaigns: {', '.join(campaigns)}. Choose one with --campaign.")


def _print_shown(shown: Mapping[str, object]) -> None:
    typer.echo(views.head_line(shown))
    for attempt in _documents(shown["attempts"]):
        typer.echo(f"\n{views.attempt_line(attempt)}")
        outcomes = _documents(attempt["outcomes"])
        print_table(views.outcome_columns(outcomes), outcomes, as_json=False)
        _print_letters([attempt["deadLetter"]] if attempt["deadLetter"] else [])
        _print_letters(attempt["held"])
    _print_letters(shown["otherDeadLetters"])


def _print_letters(letters: object) -> None:
    for letter in _documents(letters):
        typer.echo("\n".join(views.letter_lines(letter)))


def _documents(value: object) -> list[Document]:
    return value if isinstance(value, list) else []


def _people(to: str | None) -> list[bytes] | None:
    try:
        return people_sought(load_settings(), to) if to is not None else None
    except NotFindableError as error:
        fail(str(error))


@app.command()
def explain(
    id_: Annotated[str, typer.Argument(metavar="EXECUTION_OR_REQUEST_ID", show_default=False)],
    *,
    campaign: Campaign = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Name the recipients.")] = False,
    json: JsonOption = False,
) -> None:
    """Show why a call came out as it did: each rule in order, with its verdict."""
    explained = with_database(lambda database: explain_call(database, id_, campaign, reveal=reveal))
    if json:
        print_json(explained)
    else:
        typer.echo("\n\n".join(views.explained_attempt(each) for each in explained))


@app.command("list")
def list_all(
    *,
    campaign: Campaign = None,
    request_id: Annotated[str | None, typer.Option(metavar="ID", help="Only of this request.")] = None,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="NAMESPACE:USERID",
            help="Only to this recipient or address, as email:alice@example.com, phone:+4670..., push:TOKEN.",
        ),
    ] = None,
    outcome: Annotated[OutcomeKind | None, typer.Option(help="Only with such an outcome.")] = None,
    reason: Annotated[
        Reason | None, typer.Option(metavar="REASON", help="Only with an outcome for this reason.")
    ] = None,
    since: Since = None,
    until: Annotated[str | None, typer.Option(metavar="T", help=f"Decided before {WHEN}")] = None,
    everything: Annotated[bool, typer.Option("--all", help="List all of them, instead of one page.")] = False,
    limit: Limit = None,
    after: After = None,
    json: JsonOption = False,
) -> None:
    """List executions, the newest first; recipients are not named."""
    wanted = ExecutionFilter(
        [campaign] if campaign else (),
        request_id,
        outcome,
        reason,
        parse_instant(since),
        parse_instant(until),
        _people(to),
    )
    size, cursor = page_size(limit, everything=everything), parse_cursor(after)

    executions, offsets = with_database(
        lambda database: page_of_executions(database, wanted, size + 1, cursor)
    )
    _tell_shortfall(offsets)
    page = cut(executions, size, "the executions")
    print_table(views.COLUMNS, [row(execution) for execution in page], as_json=json)


@app.command()
def counts(*, campaign: Campaign = None, since: Since = None, json: JsonOption = False) -> None:
    """Count outcomes by campaign, channel, outcome and reason, since the beginning of that minute."""
    moment = parse_instant(since)
    rows, offsets = with_database(lambda database: outcome_counts(database, campaign, moment))
    _tell_shortfall(offsets)
    print_table(["campaignId", "channel", "outcome", "reason", "count"], rows, as_json=json)


def _tell_shortfall(offsets: Offsets) -> None:
    """On stderr, and only when the tables may not have it all."""
    if sentence := asyncio.run(shortfall(load_settings(), offsets)):
        typer.echo(sentence, err=True)

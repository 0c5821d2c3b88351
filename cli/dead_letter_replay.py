"""`clarion dead-letters replay`."""

from pathlib import Path
from uuid import uuid4

import typer

from cli import dead_letter_options as options
from cli.dead_letter_audit import record_change
from cli.dead_letter_progress import ShownProgress, shown_progress
from cli.dead_letter_views import printable
from cli.exit_codes import FAILED
from cli.operator import operator_name
from cli.output import JsonOption, print_json, print_table
from consumer.dead_letters.document import group_rows
from consumer.kafka.cluster import Cluster
from consumer.replay.assignment import Assignment
from consumer.replay.check import MAX_ATTEMPTS, Order
from consumer.replay.edit import Edit
from consumer.replay.outgoing import Run
from consumer.replay.recording import record_replay
from consumer.replay.report import Report
from consumer.replay.run import execute, preview
from schemas.json import InvalidJsonError, JsonObject, MalformedJsonError, parse_json
from schemas.trigger_wire import VALUE_BYTES_MAX


def replay(
    *,
    reason: options.Reasons = None,
    campaign: options.Campaigns = None,
    request_id: options.RequestIds = None,
    since: options.Since = None,
    until: options.Until = None,
    at: options.At = None,
    set_: options.Sets = None,
    patch: options.Patch = None,
    do_execute: options.Execute = False,
    rate: options.Rate = None,
    max_attempts: options.MaxAttempts = MAX_ATTEMPTS,
    force: options.Force = False,
    operator: options.Operator = None,
    reveal: options.Reveal = False,
    json: JsonOption = False,
) -> None:
    """Put dead letters back on the topic that they came from, each of them once.

    A dry run, unless --execute is given. Letters that are resolved already are never chosen. It can be
    stopped at any moment and run again: it continues where it was.
    """
    settings = options.kafka_settings()
    order = Order(
        choice=options.choice(
            reasons=reason, campaigns=campaign, request_ids=request_id, since=since, until=until, at=at
        ),
        run=Run(str(uuid4()), operator_name(operator, settings)),
        edit=_edit(set_ or [], patch),
        max_attempts=max_attempts,
        force=force,
        per_second=rate,
    )
    if order.edit and not order.choice.is_explicit:
        raise typer.BadParameter("--set and --patch need a choice of letters, such as --at or --request-id.")
    cluster = Cluster.of(settings)
    if do_execute:
        record_change(settings, operator, lambda connection: record_replay(connection, order))
    with shown_progress(reveal=reveal, quiet=json) as progress:
        report = options.run_to_end((execute if do_execute else preview)(cluster, order, progress))
    _tell(order, report, progress, executed=do_execute, as_json=json)
    if do_execute and report.refusals:
        raise typer.Exit(FAILED)


def _edit(assignments: list[str], patch: Path | None) -> Edit | None:
    try:
        parsed = tuple(map(Assignment.parse, assignments))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return Edit(parsed, _read_patch(patch) if patch else None) if parsed or patch else None


def _read_patch(file: Path) -> JsonObject:
    try:
        with file.open("rb") as stream:
            content = stream.read(VALUE_BYTES_MAX + 1)
        if len(content) > VALUE_BYTES_MAX:
            raise typer.BadParameter(f"{file} has more than {VALUE_BYTES_MAX:,} bytes, as no trigger has")
        patch = parse_json(content)
    except OSError as error:
        raise typer.BadParameter(f"cannot read {file}: {error.strerror}") from None
    except MalformedJsonError as error:
        raise typer.BadParameter(f"{file} is not JSON: {error}") from None
    except InvalidJsonError as error:
        raise typer.BadParameter(f"{file}: {error}") from None
    if not isinstance(patch, dict):
        raise typer.BadParameter(f"{file}: a patch of a trigger is a JSON object")
    return patch


def _tell(order: Order, report: Report, progress: ShownProgress, *, executed: bool, as_json: bool) -> None:
    groups = group_rows(report.groups, "reason", "campaignId")
    refused = [
        {"at": str(one.at), "why": one.why.value, "sentence": printable(one.sentence)}
        for one in report.refused
    ]
    if as_json:
        document = {
            "executed": executed,
            "runId": order.run.run_id if executed else None,
            "operator": order.run.operator if executed else None,
            "replayed" if executed else "toReplay": report.replayed,
            "groups": groups,
            "refusals": {why.value: count for why, count in report.refusals.items()},
            "refused": refused,
            "changes": progress.changes,
        }
        print_json(document)
        return
    if groups:
        columns = ["reason", "campaignId", "count", "oldest", "newest", "example"]
        print_table(columns, groups, as_json=False)
    if refused:
        typer.echo("\nRefused:" if groups else "Refused:")
        print_table(["at", "why", "sentence"], refused, as_json=False)
    typer.echo(_summary(order, report, executed=executed))


def _summary(order: Order, report: Report, *, executed: bool) -> str:
    refused = ", ".join(f"{count} {why.value}" for why, count in report.refusals.items())
    sentence = f"{report.replayed} replayed" if executed else f"{report.replayed} to replay"
    sentence += f"; refused: {refused}." if refused else "."
    if executed:
        return f"{sentence} Run {order.run.run_id} by {order.run.operator}."
    return f"{sentence} Nothing was written" + (": --execute does it." if report.replayed else ".")

"""`clarion audiences execute` and `executions`."""

from typing import Annotated, Literal

import orjson
import typer

from cli.audience_refusals import with_audiences
from cli.commands import Commands
from cli.context import parse_context
from cli.output import JsonOption, fail, print_json, print_table
from consumer.audiences import control, schedules
from consumer.audiences.calls import Accepted, AudienceCalls
from consumer.audiences.status import Status, document
from consumer.audit.actor import current_actor
from consumer.campaigns.registry import Registry
from consumer.store.audience_schedules import StoredSchedule
from consumer.store.database import Database
from consumer.triggers.admission import BrokenCampaignError, Hidden, Refused

app = Commands(help="Executions for audiences: watch, pause, resume, cancel.")

ExecutionId = Annotated[str, typer.Argument(metavar="ID", help="The executionId.")]


def execute(
    campaign_id: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")],
    *,
    audience: Annotated[
        str | None, typer.Option(help="The audience's id. Default: the campaign's own audience.")
    ] = None,
    request_id: Annotated[
        str | None, typer.Option(help="Identifies this call, so that it can be repeated. Default: a new one.")
    ] = None,
    context: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Context for all members. Repeatable.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Execute it then: 2026-06-01T09:00:00+02:00.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Execute a campaign for everybody who belongs to an audience, now or at a later time.

    A process of `clarion run --lane audience` does the work.
    """
    call = {
        "campaignId": campaign_id,
        "requestId": request_id,
        "audience": {"id": audience} if audience else None,
        "context": parse_context(context or []),
        "schedule": {"executeAt": at} if at else None,
    }

    async def accept(database: Database) -> Accepted | Refused | Hidden:
        calls = AudienceCalls(database, Registry(database))
        return await calls.accept(orjson.dumps(call), current_actor().id)

    try:
        accepted = with_audiences(accept)
    except BrokenCampaignError:
        fail(f"Campaign '{campaign_id}' cannot be executed; see `clarion campaigns review {campaign_id}`.")
    if isinstance(accepted, Hidden):
        fail(f"Campaign '{campaign_id}' cannot be seen.")
    if isinstance(accepted, Refused):
        fail(accepted.detail)
    if isinstance(accepted, StoredSchedule):
        shown, line = schedules.document(accepted), f"scheduleId {accepted.id}"
    else:
        shown, line = (
            {"executionId": str(accepted.id), "requestId": accepted.request_id},
            f"executionId {accepted.id}",
        )
    if json:
        print_json(shown)
    else:
        typer.echo(line)


@app.command("list")
def list_all(
    *,
    campaign: Annotated[str | None, typer.Option(help="Only of this campaign.")] = None,
    status: Annotated[
        Literal["InProgress", "Succeeded", "Failed"] | None, typer.Option(help="Only in this state.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 20,
    json: JsonOption = False,
) -> None:
    """List executions for audiences, the newest first."""
    found = with_audiences(
        lambda database: control.list_all(
            database, campaign_ids=[campaign] if campaign else (), state=status, limit=limit
        )
    )
    rows = [document(each) for each in found]
    if not json:
        rows = [
            {**row, "status": _state(each), **each.counts()} for row, each in zip(rows, found, strict=True)
        ]
    columns = [
        "executionId",
        "campaignId",
        "audienceId",
        "status",
        "targeted",
        "delivered",
        "notSent",
        "createdAt",
    ]
    print_table(columns, rows, as_json=json)


@app.command()
def show(execution_id: ExecutionId, *, json: JsonOption = False) -> None:
    """Show the progress of an execution: counts that add up to all targeted profiles."""
    _print(with_audiences(lambda database: control.show(database, execution_id)), as_json=json)


@app.command()
def pause(execution_id: ExecutionId, *, json: JsonOption = False) -> None:
    """Pause an execution: no further messages are sent until it is resumed."""
    status = with_audiences(lambda database: control.pause(database, execution_id))
    _print_done(status, "is paused", as_json=json)


@app.command()
def resume(execution_id: ExecutionId, *, json: JsonOption = False) -> None:
    """Resume a paused execution with the members that are left."""
    status = with_audiences(lambda database: control.resume(database, execution_id))
    _print_done(status, "goes on", as_json=json)


@app.command()
def cancel(execution_id: ExecutionId, *, json: JsonOption = False) -> None:
    """Cancel an execution for good: no further messages are sent."""
    status = with_audiences(lambda database: control.cancel(database, execution_id))
    _print_done(status, "is cancelled", as_json=json)


def _print_done(status: Status, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(document(status))
        return
    moving = f" {status.in_flight} more are being sent just now." if status.in_flight else ""
    typer.echo(
        f"The execution {what}: {status.delivered} of {status.targeted} were sent a message, "
        f"{status.not_sent} were not.{moving}"
    )


def _print(status: Status, *, as_json: bool) -> None:
    shown = document(status)
    if as_json:
        print_json(shown)
        return
    counts, reasons = status.counts(), dict(status.tally.by_reason)
    rows = {
        "status": _state(status),
        **{name: shown[name] for name in ("campaignId", "audienceId", "requestId", "createdAt", "createdBy")},
        **{name: str(count) for name, count in counts.items()},
        **{f"  {reason}": str(count) for reason, count in sorted(reasons.items()) if reason != "delivery"},
        "per second": f"{status.per_second:.0f}",
        "expected end": shown["expectedEnd"] or "",
        "finished": shown["finishedAt"] or "",
    }
    for name, value in rows.items():
        typer.echo(f"{name:<16} {value}".rstrip())


def _state(status: Status) -> str:
    execution = status.execution
    note = "paused" if execution.is_paused else execution.reason
    return f"{status.state} ({note})" if note else status.state

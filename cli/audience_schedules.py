"""`clarion audiences schedules`."""

from typing import Annotated, Literal

import typer

from cli.as_yaml import as_yaml
from cli.audience_refusals import with_audiences
from cli.commands import Commands
from cli.output import JsonOption, print_json, print_table
from consumer.audiences import schedules

app = Commands(help="Schedules: executions for audiences at a later time.")

ScheduleId = Annotated[str, typer.Argument(metavar="ID", help="The scheduleId.")]


@app.command("list")
def list_all(
    *,
    status: Annotated[
        Literal["Scheduled", "Triggered", "Cancelled", "Failed", "Missed"] | None,
        typer.Option(help="Only in this state."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 100,
    json: JsonOption = False,
) -> None:
    """List schedules, the latest time first."""
    found = with_audiences(lambda database: schedules.list_all(database, state=status, limit=limit))
    rows = [{**schedules.document(each), "audienceId": each.audience_id} for each in found]
    columns = ["scheduleId", "scheduleStatus", "executeAt", "campaignId", "audienceId", "reason"]
    print_table(columns, rows, as_json=json)


@app.command()
def show(schedule_id: ScheduleId, *, json: JsonOption = False) -> None:
    """Show a schedule, and what came of it."""
    found = schedules.document(with_audiences(lambda database: schedules.find(database, schedule_id)))
    if json:
        print_json(found)
    else:
        typer.echo(as_yaml(found), nl=False)


@app.command()
def cancel(schedule_id: ScheduleId) -> None:
    """Cancel a schedule before its time. Safe to repeat."""
    with_audiences(lambda database: schedules.cancel(database, schedule_id))
    typer.echo("The schedule is cancelled.")

"""`clarion audiences`: who belongs to an audience, and campaigns executed for it."""

from typing import Annotated

import typer

from cli import audience_executions, audience_schedules
from cli.as_yaml import as_yaml
from cli.audience_apply import apply
from cli.audience_refusals import with_audiences
from cli.commands import Commands
from cli.output import JsonOption, print_json, print_table
from config.loading import load_settings
from consumer.audiences import definitions

app = Commands(help="Audiences: one call that becomes a message to everybody who belongs to it.")
app.command()(apply)
app.command("execute")(audience_executions.execute)
app.add_typer(audience_executions.app, name="executions")
app.add_typer(audience_schedules.app, name="schedules")

AudienceId = Annotated[str, typer.Argument(metavar="ID", help="The audience's id.")]


@app.command("list")
def list_all(*, json: JsonOption = False) -> None:
    """List all audiences."""
    found = with_audiences(definitions.list_all)
    rows = [
        {**definitions.shown(each), "by": "list" if each.listed is not None else "conditions"}
        for each in found
    ]
    print_table(["id", "title", "by", "listed", "updatedAt"], rows, as_json=json)


@app.command()
def show(audience_id: AudienceId, *, json: JsonOption = False) -> None:
    """Show an audience's definition."""
    shown = definitions.shown(with_audiences(lambda database: definitions.find(database, audience_id)))
    if json:
        print_json(shown)
    else:
        typer.echo(as_yaml(shown), nl=False)


@app.command()
def count(audience_id: AudienceId, *, json: JsonOption = False) -> None:
    """Count the members that the audience has now."""
    consent = load_settings().consent_default
    found = with_audiences(lambda database: definitions.count(database, audience_id, consent))
    if json:
        print_json({"id": audience_id, "members": found})
    else:
        typer.echo(f"{found}")


@app.command()
def members(
    audience_id: AudienceId,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many to list at most.")] = 100,
    json: JsonOption = False,
) -> None:
    """List some of the members that the audience has now, including personal data."""
    consent = load_settings().consent_default
    found = with_audiences(lambda database: definitions.members(database, audience_id, consent, limit))
    print_table(["profileId", "identities"], found, as_json=json)


@app.command()
def delete(audience_id: AudienceId) -> None:
    """Delete an audience. Executions that have its members continue; campaigns that name it are refused."""
    with_audiences(lambda database: definitions.delete(database, audience_id))
    typer.echo(f"Audience '{audience_id}' is deleted.")

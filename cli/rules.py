"""`clarion rules`: quiet hours and frequency caps."""

from pathlib import Path
from typing import Annotated

import typer

from cli.as_yaml import as_yaml
from cli.commands import Commands
from cli.database import with_database
from cli.exit_codes import FAILED, USAGE
from cli.output import JsonOption, fail, print_json, print_table
from consumer.campaigns import rule_sets
from consumer.campaigns.files import UnreadableFileError, read_rule_sets
from consumer.campaigns.rule_sets import RuleSetView

app = Commands(help="Rule sets: quiet hours and frequency caps for marketing campaigns.")

RuleSetId = Annotated[str, typer.Argument(metavar="ID", show_default=False)]


@app.command()
def apply(files: Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False)]) -> None:
    """Add or replace each file's rule set, all or none; others stay. In effect within a second."""
    try:
        read = read_rule_sets(files)
    except UnreadableFileError as error:
        fail(str(error), USAGE if error.is_unopened else FAILED)
    changed = with_database(lambda database: rule_sets.apply_rule_sets(database, read))
    for file in read:
        typer.echo(f"Rule set '{file.id}' is {'applied' if file.id in changed else 'unchanged'}.")


@app.command("list")
def list_all(*, json: JsonOption = False) -> None:
    """List all rule sets, with the campaigns that use them."""
    views = with_database(rule_sets.list_rule_sets)
    columns = ["id", "title", "timezone", "quietHours", "caps", "campaigns", "updatedAt"]
    print_table(columns, [_row(view) for view in views], as_json=json)


def _row(view: RuleSetView) -> dict[str, object]:
    definition = view.stored.definition
    return {
        "id": view.stored.id,
        "title": definition.get("title"),
        "timezone": definition["timezone"],
        "quietHours": _count(definition["quietHours"]),
        "caps": _count(definition["caps"]),
        "campaigns": list(view.campaigns),
        "updatedAt": view.stored.updated_at,
    }


def _count(value: object) -> int:
    return len(value) if isinstance(value, list) else 0


@app.command()
def show(id_: RuleSetId, *, json: JsonOption = False) -> None:
    """Show a rule set as a file that can be applied again."""
    definition = with_database(lambda database: rule_sets.find_rule_set(database, id_)).stored.definition
    if json:
        print_json(definition)
    else:
        typer.echo(as_yaml(definition), nl=False)


@app.command()
def remove(id_: RuleSetId) -> None:
    """Remove a rule set; refused while a live version or a draft of a campaign names it."""
    with_database(lambda database: rule_sets.remove_rule_set(database, id_))
    typer.echo(f"Rule set '{id_}' is removed.")

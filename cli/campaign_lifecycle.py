"""`clarion campaigns`: activate, stop, archive, duplicate."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from cli.database import print_findings, with_database
from consumer.campaigns import lifecycle
from consumer.campaigns.choosing import expecting
from consumer.campaigns.lifecycle import Done
from consumer.store.database import Database
from schemas.whole_numbers import INT32_MAX

CampaignId = Annotated[str, typer.Argument(metavar="ID", show_default=False)]


def activate(
    campaign_id: CampaignId,
    version: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=INT32_MAX, help="Only if this version is the draft, or is live already."
        ),
    ] = None,
) -> None:
    """Make the draft live, in place of the live version; refused while its review has errors."""
    check = expecting(version) if version else lifecycle.anything
    _run(lambda database: lifecycle.activate(database, campaign_id, check))


def stop(campaign_id: CampaignId) -> None:
    """Stop the live version for good; a new draft can be activated later."""
    _run(lambda database: lifecycle.stop(database, campaign_id))


def resume(campaign_id: CampaignId) -> None:
    """Execute a campaign again that was paused by its guard; what the guard counts begins from now."""
    _run(lambda database: lifecycle.resume(database, campaign_id))


def archive(campaign_id: CampaignId) -> None:
    """Archive a stopped campaign or a draft for good; its id cannot be used again."""
    _run(lambda database: lifecycle.archive(database, campaign_id))


def duplicate(
    campaign_id: CampaignId,
    new_id: Annotated[
        str | None, typer.Option("--as", metavar="NEW_ID", help="Its id.", show_default="ID-copy")
    ] = None,
) -> None:
    """Copy the current version into the draft of a new campaign."""
    _run(lambda database: lifecycle.duplicate(database, campaign_id, new_id or f"{campaign_id}-copy"))


def _run(operation: Callable[[Database], Awaitable[Done]]) -> None:
    done = with_database(operation)
    print_findings(done.findings)
    typer.echo(done.sentence)

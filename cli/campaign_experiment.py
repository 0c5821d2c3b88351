"""`clarion campaigns`: experiment, promote."""

from typing import Annotated

import typer

from cli.campaign_lifecycle import CampaignId
from cli.database import print_findings, with_database
from cli.output import JsonOption, Row, fail, print_json, print_table
from consumer.campaigns import lifecycle
from consumer.campaigns.promote import promote as promote_treatment
from consumer.reports.experiment import ExperimentReport, document, find_experiment
from consumer.store.database import Database

_COLUMNS = ["treatment", "weight", "people", "deliveries", "conversions", "rate", "lift", "difference"]


def experiment(campaign_id: CampaignId, *, json: JsonOption = False) -> None:
    """Show what each treatment of the campaign's experiment has come to, against the first.

    The interval of a difference holds however often one looks, at 95 % for all treatments together. People,
    deliveries and conversions (the experiment's metric, such as clicks) come from `clarion feedback`; before
    anything was reported, people and deliveries come from `clarion project`.
    """

    async def find(database: Database) -> ExperimentReport | None:
        async with database.connection() as connection:
            campaign = await lifecycle.find(connection, campaign_id)
        return await find_experiment(database, lifecycle.read_definition(campaign.current))

    if (report := with_database(find)) is None:
        fail(f"Campaign '{campaign_id}' has no experiment.")
    shown = document(report)
    if json:
        print_json(shown)
        return
    held_out = f", {report.held_out:,} people held out" if report.experiment.holdout else ""
    versions = ", ".join(map(str, report.versions))
    typer.echo(f"Experiment '{report.experiment.name}', versions {versions}{held_out}")
    print_table([*_COLUMNS, "interval"], [_row(each) for each in _treatments(shown)], as_json=False)
    typer.echo(report.sentence)


def _treatments(shown: Row) -> list[Row]:
    treatments = shown["treatments"]
    return treatments if isinstance(treatments, list) else []


def _row(treatment: Row) -> Row:
    shares = {name: _percent(treatment[name]) for name in ("rate", "lift", "difference")}
    interval = treatment["interval"]
    bounds = " to ".join(map(_percent, interval)) if isinstance(interval, list) else None
    return {**treatment, **shares, "interval": bounds}


def _percent(share: object) -> str:
    return f"{100 * share:.2f}%" if isinstance(share, float | int) else ""


def promote(
    campaign_id: CampaignId,
    treatment: Annotated[str, typer.Argument(metavar="TREATMENT", show_default=False)],
) -> None:
    """Make a new live version in which everybody gets this treatment, and the experiment is over."""
    done = with_database(lambda database: promote_treatment(database, campaign_id, treatment))
    print_findings(done.findings)
    typer.echo(done.sentence)

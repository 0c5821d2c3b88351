"""`clarion campaigns proof`."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.database import with_database
from cli.exit_codes import FAILED
from cli.output import JsonOption, fail, print_json, print_table
from cli.preview_choice import CampaignId, Choice, TreatmentOption, TriggerOption, VersionOption
from cli.settings import require
from config.kafka import kafka_client_options, kafka_producer_options
from config.loading import load_settings
from consumer.kafka.errors import TopicsMissingError
from consumer.preview.proof import Proof, send_proof
from consumer.store.database import Database


def proof(
    campaign_id: CampaignId,
    *,
    to: Annotated[list[str], typer.Option(metavar="NAMESPACE:ID", help="email:me@acme.example. At most 10.")],
    version: VersionOption = None,
    trigger: TriggerOption = None,
    treatment: TreatmentOption = None,
    subject_prefix: Annotated[str, typer.Option(metavar="TEXT", help="Before each subject.")] = "",
    json: JsonOption = False,
) -> None:
    """Send a version to a few testers, marked as a test: in no report, without consents and caps."""
    settings = require(load_settings(), "kafka_bootstrap_servers", "database_url")
    choice = Choice(campaign_id, version, trigger, treatment=treatment)
    options = {**kafka_client_options(settings), **kafka_producer_options(settings)}

    async def run(database: Database) -> Proof:
        chosen = await choice.prepare(database, settings)
        given = (await asyncio.to_thread(choice.triggers, chosen.file))[0] if trigger else None
        return await send_proof(
            database,
            chosen.trial,
            chosen.version,
            to,
            options=options,
            now=datetime.now(UTC),
            trigger=given,
            subject_prefix=subject_prefix,
        )

    try:
        sent = with_database(run)
    except TopicsMissingError as error:
        fail(f"Topics are {error}.")
    if json:
        print_json(sent.document())
    else:
        typer.echo(f"Proof of version {sent.version}, request {sent.request_id}:")
        print_table(["recipient", "channel", "outcome", "reason", "detail"], sent.outcomes, as_json=False)
    if not sent.is_delivered:
        raise typer.Exit(FAILED)

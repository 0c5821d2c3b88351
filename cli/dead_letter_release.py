"""`clarion dead-letters release`."""

import asyncio
from contextlib import suppress
from typing import Annotated
from uuid import uuid4

import typer

from cli import dead_letter_options as options
from cli.dead_letter_views import printable
from cli.exit_codes import FAILED
from cli.finite import finite
from cli.operator import operator_name
from cli.output import JsonOption, print_json
from config.logging import configure_logging
from config.settings import Settings
from consumer.backoff import Backoff
from consumer.campaigns.registry import Registry
from consumer.dead_letters.choice import Choice
from consumer.dead_letters.document import group_rows
from consumer.kafka.cluster import Cluster
from consumer.monitoring.frame import stop_on_signals
from consumer.monitoring.progress import Progress
from consumer.replay.check import MAX_ATTEMPTS, Order
from consumer.replay.outgoing import Run
from consumer.replay.release import Releaser, watch
from consumer.replay.report import Report
from consumer.store.database import Database
from consumer.store.errors import DatabaseNotReady, DatabaseUnavailable
from consumer.store.service import connect_service
from schemas.reasons import Reason


def release(
    *,
    is_watching: Annotated[bool, typer.Option("--watch", help="Continue until SIGTERM or Ctrl-C.")] = False,
    every: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=1, max=86_400, callback=finite, help="How often to look, with --watch."
        ),
    ] = 10,
    max_attempts: options.MaxAttempts = MAX_ATTEMPTS,
    operator: options.Operator = None,
    json: JsonOption = False,
) -> None:
    """Replay, once each, early calls whose campaign has started and messages whose quiet hours ended."""
    settings = options.kafka_settings("database_url")
    order = Order(Choice(), Run(str(uuid4()), operator_name(operator, settings)), max_attempts=max_attempts)
    if is_watching:
        configure_logging(settings.log_level, settings.log_format)
        options.run_to_end(_until_signalled(settings, order, every))
        return
    report = options.run_to_end(_release(settings, order))
    _tell(order, report, as_json=json)
    if report.refusals:
        raise typer.Exit(FAILED)


async def _release(settings: Settings, order: Order) -> Report:
    async with await Database.connect(settings.database_url or "") as database:
        return await Releaser(Cluster.of(settings), Registry(database), order).release()


async def _until_signalled(settings: Settings, order: Order, every: float) -> None:
    stop = stop_on_signals()
    database = await _connected(settings, stop)
    if database:
        async with database:
            await watch(Releaser(Cluster.of(settings), Registry(database), order), every, stop)


async def _connected(settings: Settings, stop: asyncio.Event) -> Database | None:
    """The database, once it is there; None when stopped before."""
    backoff, progress = Backoff(), Progress("release")
    while not stop.is_set():
        try:
            return await connect_service(settings.database_url or "")
        except (DatabaseUnavailable, DatabaseNotReady) as error:
            progress.hindered("database", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), backoff.next_seconds())
    return None


def _tell(order: Order, report: Report, *, as_json: bool) -> None:
    if as_json:
        document = {
            "runId": order.run.run_id,
            "released": report.replayed,
            "groups": group_rows(report.groups, "reason", "campaignId"),
            "refusals": {why.value: count for why, count in report.refusals.items()},
            "refused": [{"at": str(one.at), "sentence": one.sentence} for one in report.refused],
        }
        print_json(document)
        return
    for (reason, campaign_id), group in report.groups.by_size():
        what = "held messages" if reason == Reason.QUIET_HOURS else "early calls"
        typer.echo(f"Released {group.count} {what} of {campaign_id}.")
    for one in report.refused:
        typer.echo(f"{one.at}: {printable(one.sentence)}", err=True)
    if not report.replayed:
        typer.echo("Nothing is due.")

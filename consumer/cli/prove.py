"""`clarion prove`."""

import asyncio
from pathlib import Path
from random import SystemRandom
from typing import Annotated, Literal

import orjson
import typer

from consumer.cli.output import FAILED, USAGE, fail


def prove(
    *,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long triggers flow and faults happen.")] = 5.0,
    seed: Annotated[int | None, typer.Option(help="Repeats the choices of an earlier proof.")] = None,
    faults: Annotated[
        str, typer.Option(help="Kinds of faults, with commas between; `all`, or `none`.")
    ] = "all",
    rate: Annotated[float, typer.Option(min=1, help="Triggers per second.")] = 200.0,
    report: Annotated[Path | None, typer.Option(help="Write the whole report here, as JSON.")] = None,
    logs: Annotated[Path | None, typer.Option(help="Keep the workers' logs in this folder.")] = None,
    sabotage: Annotated[
        Literal["claims", "transactions", "gate"] | None,
        typer.Option(help="Switch off one protection, in the proof's own workers: it must then fail."),
    ] = None,
) -> None:
    """Try to break "exactly once": real processes, real faults, and a count by another client.

    Without CLARION_KAFKA_BOOTSTRAP_SERVERS and CLARION_DATABASE_URL it starts servers of its own. Ends with 1
    if a single trigger took effect less or more than once.
    """
    from proof.plan import Plan
    from proof.perform import perform

    plan = Plan(
        seed or SystemRandom().randrange(1_000_000),
        minutes * 60,
        rate,
        faults.split(","),
        sabotage=sabotage,
        log_folder=logs,
    )
    outcome = asyncio.run(perform(plan, typer.echo, lambda e: typer.echo(str(e))))
    if report:
        report.write_bytes(orjson.dumps(outcome.as_json(), option=orjson.OPT_INDENT_2))
    for f in outcome.findings[:10]:
        typer.echo(f"{f.kind} {f.check}: {f.sentence}", err=True)
    typer.echo(outcome.line())
    if not outcome.holds:
        raise typer.Exit(FAILED)

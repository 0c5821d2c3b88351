"""`clarion prove`."""
# The proof is imported where it is used: no other command needs it, or the client that it counts with.
# ruff: noqa: PLC0415

import asyncio
import signal
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Annotated, Literal

import orjson
import typer
from rich.console import Console

from cli.exit_codes import FAILED, INTERRUPTED, TERMINATED, USAGE
from cli.finite import finite
from cli.output import fail

if TYPE_CHECKING:
    from proof.moments import Moment
    from proof.plan import Plan
    from proof.report import Report

SEEDS = 1_000_000

Sabotage = Literal["claims", "transactions", "gate"]


def prove(
    *,
    minutes: Annotated[
        float, typer.Option(min=0.05, callback=finite, help="Minimum minutes of faults.")
    ] = 5.0,
    seed: Annotated[int | None, typer.Option(help="Repeats the choices of an earlier proof.")] = None,
    faults: Annotated[
        str, typer.Option(help="Kinds of faults, separated by commas; `all` or `none`.")
    ] = "all",
    rate: Annotated[float, typer.Option(min=1, callback=finite, help="Triggers per second.")] = 100.0,
    nodes: Annotated[int, typer.Option(min=1, help="Brokers of the Kafka it starts.")] = 3,
    report: Annotated[
        Path | None, typer.Option(dir_okay=False, writable=True, help="Write the whole report here, as JSON.")
    ] = None,
    logs: Annotated[
        Path | None, typer.Option(file_okay=False, help="Keep the logs of the processes in this folder.")
    ] = None,
    sabotage: Annotated[
        Sabotage | None,
        typer.Option(help="Disable one protection in the proof's processes: the proof must then fail."),
    ] = None,
) -> None:
    """Try to break "exactly once": real processes, real faults, and a count by another client.

    Without CLARION_KAFKA_BOOTSTRAP_SERVERS and CLARION_DATABASE_URL it starts servers of its own; on given
    ones it has topics and a database to itself. Ends with 1 if one check fails.
    """
    if find_spec("confluent_kafka") is None or find_spec("psutil") is None:
        fail("The proof counts with another client: install clarion[proof].", USAGE)
    if report and not report.parent.is_dir():
        fail(f"There is no folder {report.parent} for the report.", USAGE)
    from proof.plan import Plan

    kinds, moments = _strikes(faults, sabotage)
    plan = Plan(
        SystemRandom().randrange(SEEDS) if seed is None else seed,
        kinds,
        seconds=minutes * 60,
        rate=rate,
        moments=moments,
        nodes=nodes,
        sabotage=sabotage,
        log_folder=logs,
    )
    outcome = _performed(plan)
    if report:
        report.write_bytes(orjson.dumps(outcome.as_json(), option=orjson.OPT_INDENT_2))
    if not outcome.holds:
        raise typer.Exit(FAILED)


def _strikes(faults: str, sabotage: Sabotage | None) -> tuple[Sequence[str], Sequence["Moment"]]:
    """Kinds of faults, and the moments for them; `all` with a sabotage: those that must bring it to light."""
    from proof.faults import KINDS
    from proof.moments import MOMENTS
    from proof.plan import SHOWN_BY

    if sabotage and faults == "all":
        return SHOWN_BY[sabotage]
    chosen = {"all": list(KINDS), "none": []}.get(faults, [kind.strip() for kind in faults.split(",")])
    if strange := sorted(set(chosen) - set(KINDS)):
        fail(f"There is no fault {', '.join(map(repr, strange))}; there are {', '.join(KINDS)}.", USAGE)
    return chosen, MOMENTS


def _performed(plan: "Plan") -> "Report":
    from embedded import EmbeddedError
    from proof.director import UNREACHABLE
    from proof.processes import ProofError
    from proof.workload.sender import UnsentError

    try:
        return asyncio.run(_until_signalled(plan))
    except (KeyboardInterrupt, asyncio.CancelledError) as signalled:
        typer.echo("Stopped before the end; nothing is left running.")
        raise typer.Exit(INTERRUPTED if isinstance(signalled, KeyboardInterrupt) else TERMINATED) from None
    except (EmbeddedError, ProofError, UnsentError) as error:
        fail(str(error))
    except UNREACHABLE as error:
        # During a fault that is no news; before and after it, nothing can be proved.
        fail(f"Kafka or PostgreSQL does not answer the proof itself: {error!r}.")


async def _until_signalled(plan: "Plan") -> "Report":
    """A SIGTERM clears the stage as Ctrl-C does."""
    from proof.perform import perform
    from proof.screen import Screen

    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    screen = Screen(Console())
    with screen.lit():
        outcome = await perform(plan, screen)
    screen.show(outcome)
    return outcome

"""What the commands about dead letters share: how letters are chosen, and who chooses."""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from cli.finite import finite
from cli.instant import WHEN, parse_instant
from cli.output import fail
from cli.settings import require
from config.loading import load_settings
from config.settings import Settings
from consumer.dead_letters.choice import Choice
from consumer.kafka.errors import ReplayError
from schemas.place import LetterPlace
from schemas.reasons import Reason

T = TypeVar("T")

Reasons = Annotated[
    list[Reason] | None,
    typer.Option(
        "--reason",
        metavar="REASON",
        help="Only letters with this reason, as a whole or for one recipient. Repeatable.",
    ),
]
Campaigns = Annotated[
    list[str] | None, typer.Option("--campaign", metavar="ID", help="Only of this campaign. Repeatable.")
]
RequestIds = Annotated[
    list[str] | None, typer.Option("--request-id", metavar="ID", help="Only of this request. Repeatable.")
]
Since = Annotated[str | None, typer.Option("--since", metavar="T", help=f"Failed at or after {WHEN}")]
Until = Annotated[str | None, typer.Option("--until", metavar="T", help=f"Failed before {WHEN}")]
At = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="P:O", help="Only the letter at this partition and offset. Repeatable."),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change the triggers, for example recipients[0].context.name=Alice, or PATH:=JSON (null "
        "removes). Repeatable.",
    ),
]
Patch = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Change the triggers by a JSON merge patch (RFC 7396).")
]
Execute = Annotated[bool, typer.Option("--execute", help="Do it; without this it is a dry run.")]
Rate = Annotated[
    float | None,
    typer.Option(metavar="N", min=0.01, callback=finite, help="Maximum letters per second."),
]
Force = Annotated[bool, typer.Option("--force", help="Also replay letters that cannot be read as a trigger.")]
Operator = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Recorded as the operator.",
        show_default="CLARION_OPERATOR, else the system's user",
    ),
]
MaxAttempts = Annotated[
    int,
    typer.Option("--max-attempts", metavar="N", min=1, help="Refuse letters tried this many times."),
]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show personal data and secrets.")]


def choice(
    *,
    reasons: Sequence[str] | None,
    campaigns: Sequence[str] | None,
    request_ids: Sequence[str] | None,
    since: str | None,
    until: str | None,
    at: Sequence[str] | None = None,
) -> Choice:
    """Raises BadParameter."""
    return Choice(
        frozenset(reasons or ()),
        frozenset(campaigns or ()),
        frozenset(request_ids or ()),
        parse_instant(since),
        parse_instant(until),
        frozenset(map(letter_place, at or ())),
    )


def letter_place(text: str) -> LetterPlace:
    """Raises BadParameter."""
    try:
        return LetterPlace.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


def kafka_settings(*more: str) -> Settings:
    """Raises SettingsError."""
    return require(load_settings(), "kafka_bootstrap_servers", *more)


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Its result; a ReplayError ends the command in a sentence, `main` reports the others."""
    try:
        return asyncio.run(work)
    except ReplayError as error:
        fail(str(error))

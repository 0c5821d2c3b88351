"""`clarion send`: put triggers on a lane's topic."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.context import parse_context
from cli.output import fail, print_json
from cli.settings import require
from config.kafka import kafka_client_options, kafka_producer_options
from config.loading import load_settings
from consumer.kafka.errors import TopicMissingError
from consumer.kafka.topics import Topics
from consumer.triggers.compose import compose_trigger, find_unreadable
from consumer.triggers.send import send_triggers
from consumer.triggers.split import INPUT_BYTES_MAX, split_triggers
from schemas.near_members import WARNINGS_MAX, near_members


def send(
    file: Annotated[
        str | None,
        typer.Argument(help="A trigger, an array of triggers or JSON Lines; - for standard input."),
    ] = None,
    *,
    campaign: Annotated[str | None, typer.Option(help="Instead of a file: the campaign's id.")] = None,
    to: Annotated[
        list[str] | None, typer.Option(metavar="NAMESPACE:USERID", help="A recipient. Repeatable.")
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Context; dots make objects (order.id=42). Repeatable."),
    ] = None,
    request_id: Annotated[str | None, typer.Option(help="Default: a new UUID.")] = None,
    external: Annotated[bool, typer.Option(help="Recipients without a stored profile.")] = False,
    lane: Annotated[Literal["unitary", "high-throughput"], typer.Option(help="Where to send.")] = "unitary",
    check: Annotated[
        bool, typer.Option(help="Refuse what the consumer would reject as malformed or invalid.")
    ] = True,
    strict: Annotated[
        bool, typer.Option("--strict", help="Also refuse members that nobody reads and look misspelled.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Send triggers and print the ids to look them up with."""
    settings = require(load_settings(), "kafka_bootstrap_servers")
    if (file is None) == (campaign is None):
        raise typer.BadParameter("give either a FILE or --campaign with --to")
    if file is not None:
        values = _values(file)
    else:
        if not to:
            raise typer.BadParameter("--campaign needs at least one --to")
        recipients = map(_recipient, to)
        values = [
            compose_trigger(
                campaign or "", recipients, parse_context(context or ()), request_id, external=external
            )
        ]
    if check or strict:
        _check(values, strict=strict)
    topic = Topics(settings.topic_prefix).triggers(lane)
    options = {**kafka_client_options(settings), **kafka_producer_options(settings)}
    try:
        sent = asyncio.run(send_triggers(options, topic, values))
    except TopicMissingError as error:
        fail(str(error))
    if as_json:
        print_json(sent)
        return
    for line in sent:
        typer.echo(f"{line['requestId']}  execution {line['executionId']}  at {line['at']}")


def _check(values: Sequence[bytes], *, strict: bool) -> None:
    if found := find_unreadable(values):
        number, detail = found
        fail(f"Trigger {number}: {detail} Nothing was sent (--no-check sends it all the same).")
    warnings = [
        f"Trigger {number}: {each}" for number, value in enumerate(values, 1) for each in near_members(value)
    ]
    for warning in warnings[:WARNINGS_MAX]:
        typer.echo(warning, err=True)
    if left := len(warnings[WARNINGS_MAX:]):
        typer.echo(f"There are {left:,} more of these.", err=True)
    if warnings and strict:
        fail("Nothing was sent, because of --strict.")


def _values(file: str) -> list[bytes]:
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as stream:
            content = stream.read(INPUT_BYTES_MAX + 1)
    except OSError as error:
        raise typer.BadParameter(f"cannot read {file}: {error.strerror}") from None
    if len(content) > INPUT_BYTES_MAX:
        fail(f"{file}: it has more than {INPUT_BYTES_MAX:,} bytes; send it in parts.")
    return split_triggers(content)


def _recipient(text: str) -> tuple[str, str]:
    namespace, colon, user_id = text.partition(":")
    if not colon or not user_id:
        raise typer.BadParameter(f"--to {text!r}: write it as NAMESPACE:USERID")
    return namespace, user_id

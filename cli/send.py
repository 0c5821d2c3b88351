"""`clarion send`: put triggers on a lane's topic."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal
from uuid import uuid4

import orjson
import typer

from cli.context import parse_context
from cli.output import fail, print_json
from cli.settings import require
from config.kafka import kafka_client_options, kafka_producer_options
from config.loading import load_settings
from consumer.kafka.errors import TopicMissingError
from consumer.kafka.topics import Topics
from consumer.triggers.send import send_triggers
from consumer.triggers.split import INPUT_BYTES_MAX, split_triggers
from schemas.trigger import Trigger, read_trigger


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
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Send triggers and print the ids to look them up with."""
    settings = require(load_settings(), "kafka_bootstrap_servers")
    if (file is None) == (campaign is None):
        raise typer.BadParameter("give either a FILE or --campaign with --to")
    if file is not None:
        values = _values(file)
    else:
        values = [_composed(campaign or "", to or [], context or [], request_id, external=external)]
    if check:
        _check(values)
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


def _values(file: str) -> list[bytes]:
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as stream:
            content = stream.read(INPUT_BYTES_MAX + 1)
    except OSError as error:
        raise typer.BadParameter(f"cannot read {file}: {error.strerror}") from None
    if len(content) > INPUT_BYTES_MAX:
        fail(f"{file}: it has more than {INPUT_BYTES_MAX:,} bytes; send it in parts.")
    return split_triggers(content)


def _composed(
    campaign: str, to: Sequence[str], context: Sequence[str], request_id: str | None, *, external: bool
) -> bytes:
    recipients = []
    for recipient in to:
        namespace, colon, user_id = recipient.partition(":")
        if not colon or not user_id:
            raise typer.BadParameter(f"--to {recipient!r}: write it as NAMESPACE:USERID")
        recipients.append(
            {"type": "external" if external else "aep", "namespace": namespace.lower(), "userId": user_id}
        )
    if not recipients:
        raise typer.BadParameter("--campaign needs at least one --to")
    return orjson.dumps(
        {
            "requestId": request_id or str(uuid4()),
            "campaignId": campaign,
            "context": parse_context(context),
            "recipients": recipients,
        }
    )


def _check(values: Sequence[bytes]) -> None:
    for number, value in enumerate(values, start=1):
        read = read_trigger(value)
        if not isinstance(read, Trigger):
            typer.echo(
                f"Trigger {number}: {read.detail} Nothing was sent (--no-check sends it all the same).",
                err=True,
            )
            raise typer.Exit(1)

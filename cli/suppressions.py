"""`clarion suppressions`: addresses that are not to be messaged."""

from typing import Annotated

import typer

from cli.address_arguments import AddressArgument, ChannelArgument, named_or_fail
from cli.commands import Commands
from cli.database import with_database
from cli.output import JsonOption, fail, print_table
from consumer.profiles.suppressing import suppress, suppression_rows, unsuppress
from consumer.store.suppressions import SuppressionReason
from schemas.channel import Channel

app = Commands(help="Suppressions: addresses that are not to be messaged.")


@app.command()
def add(
    channel: ChannelArgument,
    address: AddressArgument,
    reason: Annotated[
        SuppressionReason, typer.Option(help="bounce blocks everything, the others block marketing.")
    ] = SuppressionReason.UNSUBSCRIBE,
) -> None:
    """Suppress an address. This applies to all messages decided from now on."""
    entry = named_or_fail(channel, address)
    is_new = with_database(lambda database: suppress(database, entry, reason))
    typer.echo(f"{channel} {entry.key} is suppressed{'' if is_new else ' already'} ({reason}).")


@app.command()
def remove(
    channel: ChannelArgument,
    address: AddressArgument,
    reason: Annotated[
        SuppressionReason | None, typer.Option(help="Only this reason.", show_default="every reason")
    ] = None,
) -> None:
    """Let an address be messaged again."""
    entry = named_or_fail(channel, address)
    removed = with_database(lambda database: unsuppress(database, entry, reason))
    still = f" Its domain {entry.domain} is." if removed.is_domain_suppressed else ""
    if not removed.reasons:
        fail(f"{channel} {entry.key} is not suppressed{f' for {reason}' if reason else ''}.{still}")
    typer.echo(f"{channel} {entry.key} is suppressed no longer ({', '.join(removed.reasons)}).{still}")


@app.command("list")
def list_all(
    channel: Annotated[Channel | None, typer.Option(help="Only this channel.")] = None,
    *,
    json: JsonOption = False,
) -> None:
    """List the suppressed addresses."""
    rows = with_database(lambda database: suppression_rows(database, channel))
    print_table(["channel", "address", "reason", "createdAt"], rows, as_json=json)

"""`clarion suppressions`: addresses that are not to be messaged."""

from collections.abc import Sequence
from typing import Annotated

import typer

from cli.output import USAGE, JsonOption, fail, print_table, with_database
from config.loading import load_settings
from consumer.rules.address import Unusable
from consumer.rules.address_keys import domain_entry, read_entry
from consumer.store.database import Database
from consumer.store.suppressions import (
    SuppressionReason,
    add_suppression,
    is_suppressed,
    list_suppressions,
    remove_suppressions,
)
from schemas.channel import Channel

app = typer.Typer(no_args_is_help=True, help="Suppressions: addresses that are not to be messaged.")

ChannelArgument = Annotated[Channel, typer.Argument(metavar="CHANNEL", help="email, sms or push.")]
AddressArgument = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="An e-mail address, @example.com for a whole domain, a telephone number or a push token.",
    ),
]


@app.command()
def add(
    channel: ChannelArgument,
    address: AddressArgument,
    reason: Annotated[
        SuppressionReason, typer.Option(help="bounce blocks everything, the others block marketing.")
    ] = SuppressionReason.UNSUBSCRIBE,
) -> None:
    """Suppress an address. It has an effect on all messages decided from now on."""
    key, *_ = _keys(channel, address)

    async def write(database: Database) -> bool:
        async with database.transaction() as connection:
            return await add_suppression(connection, channel, key, reason)

    already = "" if with_database(write) else " already"
    typer.echo(f"{channel} {key} is suppressed{already} ({reason}).")


@app.command()
def remove(
    channel: ChannelArgument,
    address: AddressArgument,
    reason: Annotated[
        SuppressionReason | None, typer.Option(help="Only this reason.", show_default="every reason")
    ] = None,
) -> None:
    """Let an address be messaged again."""
    key, *_ = keys = _keys(channel, address)
    domain = domain_entry(channel, key)

    async def delete(database: Database) -> tuple[Sequence[SuppressionReason], bool]:
        async with database.transaction() as connection:
            removed = await remove_suppressions(connection, channel, keys, reason)
            return removed, domain is not None and await is_suppressed(connection, channel, domain)

    removed, has_suppressed_domain = with_database(delete)
    still = f" Its domain {domain} is." if has_suppressed_domain else ""
    if not removed:
        fail(f"{channel} {key} is not suppressed{f' for {reason}' if reason else ''}.{still}")
    typer.echo(f"{channel} {key} is suppressed no longer ({', '.join(removed)}).{still}")


@app.command("list")
def list_all(
    channel: Annotated[Channel | None, typer.Option(help="Only this channel.")] = None,
    *,
    json: JsonOption = False,
) -> None:
    """List the suppressed addresses."""

    async def find(database: Database) -> list[dict[str, object]]:
        async with database.connection() as connection:
            found = await list_suppressions(connection, channel)
        return [
            {"channel": s.channel, "address": s.address, "reason": s.reason, "createdAt": s.created_at}
            for s in found
        ]

    print_table(["channel", "address", "reason", "createdAt"], with_database(find), as_json=json)


def _keys(channel: Channel, address: str) -> tuple[str, ...]:
    """The address as the list spells it; one that no message could go to is a mistake in the command."""
    found = read_entry(channel, address, load_settings().phone_region)
    if isinstance(found, Unusable):
        fail(f"The {channel} address {found.problem}.", USAGE)
    return found

"""`clarion allow-list`: while it is on, only what is on it gets messages."""

import typer

from cli.address_arguments import AddressArgument, ChannelArgument, named_or_fail
from cli.commands import Commands
from cli.database import with_database
from cli.output import JsonOption, fail, print_table
from consumer.campaigns import allow_list
from consumer.campaigns.allow_list import AllowListFullError

app = Commands(
    help="The allow list: while it is on, only addresses on it get messages; empty, it stops everything."
)


@app.command()
def on() -> None:
    """Exclude everything that is not on the list as `not_allowed`, within a second, in all lanes."""
    entries = with_database(lambda database: allow_list.switch(database, on=True))
    typer.echo(_state(is_on=True, entries=entries))


@app.command()
def off() -> None:
    """Let every address be messaged again. The list is kept for the next time."""
    entries = with_database(lambda database: allow_list.switch(database, on=False))
    typer.echo(_state(is_on=False, entries=entries))


@app.command()
def add(channel: ChannelArgument, address: AddressArgument) -> None:
    """Put an address or a domain on the list."""
    key = named_or_fail(channel, address).key
    try:
        is_new = with_database(lambda database: allow_list.add(database, channel, key))
    except AllowListFullError as error:
        fail(str(error))
    typer.echo(f"{channel} {key} is on the allow list{'' if is_new else ' already'}.")


@app.command()
def remove(channel: ChannelArgument, address: AddressArgument) -> None:
    """Take an address or a domain off the list."""
    entry = named_or_fail(channel, address)
    removed = with_database(lambda database: allow_list.remove(database, channel, entry.keys, entry.domain))
    still = f" Its domain {entry.domain} is." if removed.is_domain_listed else ""
    if not removed.was_listed:
        fail(f"{channel} {entry.key} is not on the allow list.{still}")
    typer.echo(f"{channel} {entry.key} is no longer on the allow list.{still}")


@app.command("list")
def list_all(*, json: JsonOption = False) -> None:
    """Show whether the list is on, and what is on it."""
    view = with_database(allow_list.show)
    # Beside an array there is no room for the state on stdout.
    typer.echo(_state(is_on=view.is_on, entries=len(view.entries)), err=json)
    rows = [
        {"channel": entry.channel, "address": entry.address, "createdAt": entry.created_at}
        for entry in view.entries
    ]
    if rows or json:
        print_table(["channel", "address", "createdAt"], rows, as_json=json)


def _state(*, is_on: bool, entries: int) -> str:
    count = f"{entries:,} {'entry' if entries == 1 else 'entries'}"
    if not is_on:
        return f"The allow list is off ({count}): every address can be messaged."
    if not entries:
        return "The allow list is on and empty: nothing is sent."
    return f"The allow list is on ({count}): everything else is excluded."

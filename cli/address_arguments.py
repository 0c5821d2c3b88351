"""How commands take an address for one of the lists."""

from typing import Annotated

import typer

from cli.exit_codes import USAGE
from cli.output import fail
from config.loading import load_settings
from consumer.profiles.suppressing import Named, UnusableAddressError, named
from schemas.channel import Channel

ChannelArgument = Annotated[Channel, typer.Argument(metavar="CHANNEL", help="The channel.")]
AddressArgument = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="An e-mail address, @example.com for a whole domain, a telephone number or a push token.",
    ),
]


def named_or_fail(channel: Channel, address: str) -> Named:
    """The address as the lists spell it; one that no message could go to is a mistake in the command."""
    try:
        return named(channel, address, load_settings().phone_region)
    except UnusableAddressError as error:
        fail(str(error), USAGE)

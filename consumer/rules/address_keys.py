"""How a list of addresses, such as the suppressions, spells one: alike for all that reach one person."""

import re
from hashlib import sha256
from typing import Final

from consumer.rules.address import Unusable, read_address
from consumer.rules.outcome import Address
from consumer.rules.telephone import as_number, only_digits
from schemas.channel import Channel

_LENGTH_SURELY_STORED: Final = 600
KEY_BYTES_MAX: Final = 2_500
"""An entry is part of an index, whose rows end at about 2,700 bytes."""
_HASHED: Final = re.compile("sha256:[0-9a-f]{64}")


def address_keys(channel: Channel, address: Address, region: str | None) -> tuple[str, ...]:
    """The entries that concern this address. `region`: the country of telephone numbers that name none."""
    keys = entry_keys(channel, address, region)
    if channel is Channel.EMAIL:
        whole = str(address).lower()
        return *keys, _bounded(whole[whole.rindex("@") :])
    return keys


def domain_entry(channel: Channel, key: str) -> str | None:
    """The entry of the domain that an e-mail address's own belongs to."""
    local, at, domain = key.rpartition("@")
    return at + domain if channel is Channel.EMAIL and local else None


def entry_keys(channel: Channel, address: Address, region: str | None) -> tuple[str, ...]:
    """The entries that stand for this address itself: the first is how it is added."""
    if channel is Channel.EMAIL:
        return (_bounded(str(address).lower()),)
    if channel is Channel.PUSH:
        return (_bounded(str(address["token"] if isinstance(address, dict) else address)),)
    number, digits = as_number(str(address), region), only_digits(str(address))
    # By its digits it was added before the region was known.
    return (number,) if number == digits else (number, digits)


def read_entry(channel: Channel, written: str, region: str | None) -> tuple[str, ...] | Unusable:
    """The keys of what a person names: an address, for e-mail also `@example.com`, or a key as listed."""
    if _HASHED.fullmatch(written):
        return (written,)
    if channel is Channel.EMAIL and written.startswith("@"):
        found = read_address(channel, "x" + written)
        return found if isinstance(found, Unusable) else (_bounded(str(found).lower()[1:]),)
    found = read_address(channel, {"token": written} if channel is Channel.PUSH else written)
    return found if isinstance(found, Unusable) else entry_keys(channel, found, region)


def respelled(channel: Channel, key: str, region: str | None) -> str:
    """An entry of the list as it would be added today."""
    return as_number(key, region) if channel is Channel.SMS else _bounded(key)


def _bounded(key: str) -> str:
    """The key, or what stands for it where it is too long for the list."""
    if len(key) <= _LENGTH_SURELY_STORED or len(encoded := key.encode()) <= KEY_BYTES_MAX:
        return key
    return f"sha256:{sha256(encoded).hexdigest()}"

"""Identities and addresses as keyed hashes: somebody's executions are found by them, and they name nobody."""

import hmac
from collections.abc import Iterator, Sequence
from typing import Final

from consumer.rules.address import Unusable, read_address
from consumer.rules.address_keys import entry_keys
from consumer.rules.outcome import Address
from schemas.channel import Channel
from schemas.namespace import ADDRESS_NAMESPACE, canonical_name

_PURPOSE: Final = b"clarion: executions by person"
"""The secret key signs other things too: each purpose has a key of its own."""
_CHANNELS: Final = {
    **{namespace: channel for channel, namespace in ADDRESS_NAMESPACE.items()},
    **{str(channel): channel for channel in Channel},
}
"""By what a person calls the kind of an address."""


class PersonHashes:
    def __init__(self, secret_keys: Sequence[bytes], region: str | None) -> None:
        """`region`: the country of telephone numbers that name none. The first key is written with."""
        self._keys = [hmac.digest(key, _PURPOSE, "sha256") for key in secret_keys]
        self._region = region

    def of_recipient(self, name: str) -> set[bytes]:
        """What an execution is found by: `name` is a recipient's, as `email:alice@example.com`."""
        return {_hash(self._keys[0], each) for each in self._names(name)}

    def of_address(self, channel: Channel, address: Address) -> set[bytes]:
        """What the execution of a delivery to that address is found by."""
        return {_hash(self._keys[0], each) for each in self._of_address(channel, address)}

    def sought(self, name: str) -> list[bytes]:
        """All that may be stored of a recipient's name, or of an address, as `sms:+4670...`."""
        return [_hash(key, each) for key in self._keys for each in self._names(name)]

    def _names(self, name: str) -> Iterator[str]:
        name = canonical_name(name)
        yield f"identity {name}"
        kind, _, written = name.partition(":")
        if channel := _CHANNELS.get(kind):
            found = read_address(channel, {"token": written} if channel is Channel.PUSH else written)
            if not isinstance(found, Unusable):
                yield from self._of_address(channel, found)

    def _of_address(self, channel: Channel, address: Address) -> Iterator[str]:
        for key in entry_keys(channel, address, self._region):
            yield f"address {channel} {key}"


def _hash(key: bytes, name: str) -> bytes:
    return hmac.digest(key, name.encode(), "sha256")

"""The allow list while it is on: what is not on it gets no message."""

from collections.abc import Iterable
from dataclasses import dataclass

ListedAddress = tuple[str, str]
"""Channel and address or domain, spelled as rules/address_keys.py does."""


@dataclass(frozen=True, slots=True)
class AllowList:
    entries: frozenset[ListedAddress]

    def allows(self, addresses: Iterable[ListedAddress]) -> bool:
        """Whether an address, in one of its spellings, or its domain is on it. An empty list stops all."""
        return any(address in self.entries for address in addresses)

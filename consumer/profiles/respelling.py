"""Bringing the suppression list up to date with how addresses are compared."""

from typing import Final

from consumer.rules.address_keys import KEY_BYTES_MAX, respelled
from consumer.store.database import Database
from consumer.store.suppressions import find_respellable, respell_suppressions
from consumer.store.work import Address
from schemas.channel import Channel

_PAGE: Final = 1_000


async def respell(database: Database, phone_region: str | None) -> int:
    """Spell each entry as it would be added today; returns how many changed.

    Needed when an older Clarion added entries, when the region is set or changed, and when the numbering plan
    of a country changes. To do it again changes nothing.
    """
    changed = 0
    after: Address = ("", "")
    while True:
        async with database.transaction() as connection:
            page = await find_respellable(connection, longer_than=KEY_BYTES_MAX, after=after, limit=_PAGE)
            keys = {(channel, key): respelled(Channel(channel), key, phone_region) for channel, key in page}
            changes = {entry: key for entry, key in keys.items() if key != entry[1]}
            if changes:
                await respell_suppressions(connection, changes)
        changed += len(changes)
        if len(page) < _PAGE:
            return changed
        after = page[-1]

"""The allow list as consumers hold it, and what commands do with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import structlog

from consumer.audit.record import record
from consumer.rules.address_keys import respelled
from consumer.rules.allow_list import AllowList
from consumer.store import allow_list as store
from consumer.store.allow_list import ENTRIES_MAX, AllowListEntry
from consumer.store.database import Database
from consumer.store.registry import AnyConnection, changing
from schemas.channel import Channel

log = structlog.get_logger()


class HeldAllowList:
    """The list in memory. The registry keeps it true, and nothing is consumed before its first load."""

    def __init__(self) -> None:
        self.current: AllowList | None = None
        """None while it is off. Another object after each change."""
        self._revision: int | None = None

    async def catch_up(self, connection: AnyConnection) -> None:
        """Read the list again if it was changed. Raises the errors of consumer.store."""
        state = await store.read_allow_list_state(connection)
        if state.revision == self._revision:
            return
        # Read after the revision: should they be newer, the next look finds another revision and reads again.
        current = AllowList(await store.read_allowed(connection)) if state.is_on else None
        if self._revision is not None or current:
            log.warning(
                "allow list changed", on=current is not None, entries=len(current.entries) if current else 0
            )
        self.current, self._revision = current, state.revision


@dataclass(frozen=True, slots=True)
class AllowListView:
    is_on: bool
    entries: Sequence[AllowListEntry]


class AllowListFullError(Exception):
    def __init__(self) -> None:
        super().__init__(f"The allow list has {ENTRIES_MAX:,} entries, and no room for more; remove some.")


async def switch(database: Database, *, on: bool) -> int:
    """Switch it on or off for all consumers; returns how many entries it has."""
    async with changing(database) as change:
        if await store.switch_allow_list(change, on=on):
            await record(
                change.connection, "allow_list.switch", "", before={"isOn": not on}, after={"isOn": on}
            )
        return await store.count_allowed(change.connection)


async def add(database: Database, channel: Channel, key: str) -> bool:
    """Add an address or domain; False when it was there already. Raises AllowListFullError."""
    async with changing(database) as change:
        is_new = await store.add_allowed(change, channel, key)
        if is_new and await store.count_allowed(change.connection) > ENTRIES_MAX:
            raise AllowListFullError
        if is_new:
            after = {"address": key}
            await record(change.connection, "allow_list.add", channel, after=after)
        return is_new


class Removed(NamedTuple):
    was_listed: bool
    is_domain_listed: bool
    """So that the address is still allowed, as one of its domain."""


async def remove(database: Database, channel: Channel, keys: Sequence[str], domain: str | None) -> Removed:
    """Remove an address or domain by its keys; `domain`: the entry of its whole domain, if another."""
    async with changing(database) as change:
        was_listed = await store.remove_allowed(change, channel, keys)
        if was_listed:
            before = {"address": keys[0]}
            await record(change.connection, "allow_list.remove", channel, before=before)
        allowed = await store.read_allowed(change.connection)
        return Removed(was_listed, (channel.value, domain) in allowed)


async def respell(database: Database, phone_region: str | None) -> int:
    """Spell each entry as it would be added today; returns how many changed. Needed as for suppressions."""
    async with changing(database) as change:
        entries = await store.read_allowed(change.connection)
        keys = {(channel, key): respelled(Channel(channel), key, phone_region) for channel, key in entries}
        changes = {entry: key for entry, key in keys.items() if key != entry[1]}
        await store.respell_allowed(change, changes)
        return len(changes)


async def show(database: Database) -> AllowListView:
    async with database.connection() as connection:
        state = await store.read_allow_list_state(connection)
        return AllowListView(state.is_on, await store.list_allowed(connection))

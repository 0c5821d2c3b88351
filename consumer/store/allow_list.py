"""The allow list: its switch, and the addresses and domains on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from consumer.store.database import Connection
from consumer.store.registry import AnyConnection, Change
from consumer.store.work import Address
from schemas.channel import Channel

ENTRIES_MAX: Final = 10_000
"""Every consumer holds the list in memory."""


@dataclass(frozen=True, slots=True)
class AllowListEntry:
    channel: Channel
    address: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AllowListState:
    is_on: bool
    revision: int
    """Of the registry, when the switch or an entry was last changed."""


async def read_allow_list_state(connection: AnyConnection) -> AllowListState:
    row = await connection.fetchrow("SELECT is_on, revision FROM allow_list_switch")
    assert row
    return AllowListState(row["is_on"], row["revision"])


async def read_allowed(connection: AnyConnection) -> frozenset[Address]:
    rows = await connection.fetch("SELECT channel, address FROM allow_list")
    return frozenset((row["channel"], row["address"]) for row in rows)


async def list_allowed(connection: Connection) -> list[AllowListEntry]:
    rows = await connection.fetch("SELECT * FROM allow_list ORDER BY channel, address")
    return [AllowListEntry(Channel(row["channel"]), row["address"], row["created_at"]) for row in rows]


async def count_allowed(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM allow_list"))


async def switch_allow_list(change: Change, *, on: bool) -> bool:
    """Switch it; False when it stood so already."""
    status = await change.connection.execute("UPDATE allow_list_switch SET is_on = $1 WHERE is_on <> $1", on)
    return await _touch(change, if_changed=status == "UPDATE 1")


async def add_allowed(change: Change, channel: Channel, key: str) -> bool:
    """Add it; False when it was there already."""
    status = await change.connection.execute(
        "INSERT INTO allow_list (channel, address) VALUES ($1, $2) ON CONFLICT DO NOTHING", channel, key
    )
    return await _touch(change, if_changed=status == "INSERT 0 1")


async def remove_allowed(change: Change, channel: Channel, keys: Sequence[str]) -> bool:
    """Remove the entries with these keys; False when there were none."""
    status = await change.connection.execute(
        "DELETE FROM allow_list WHERE channel = $1 AND address = ANY($2::text[])", channel, keys
    )
    return await _touch(change, if_changed=status != "DELETE 0")


async def respell_allowed(change: Change, respellings: Mapping[Address, str]) -> None:
    """Give entries their new keys; of several that come to the same, the oldest remains."""
    await change.connection.execute(
        """
        WITH given AS (
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS given (channel, address, respelled)
        ), removed AS (
            DELETE FROM allow_list AS a USING given
            WHERE a.channel = given.channel AND a.address = given.address
            RETURNING a.channel, given.respelled, a.created_at
        )
        INSERT INTO allow_list AS a (channel, address, created_at)
        SELECT channel, respelled, min(created_at) FROM removed GROUP BY channel, respelled
        ON CONFLICT (channel, address) DO UPDATE SET created_at = least(a.created_at, excluded.created_at)
        """,
        [channel for channel, _ in respellings],
        [address for _, address in respellings],
        list(respellings.values()),
    )
    await _touch(change, if_changed=bool(respellings))


async def _touch(change: Change, *, if_changed: bool) -> bool:
    if if_changed:
        await change.connection.execute("UPDATE allow_list_switch SET revision = $1", change.revision)
        change.is_made = True
    return if_changed

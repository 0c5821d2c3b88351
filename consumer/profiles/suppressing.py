"""Suppressing an address and letting it be messaged again, as every door does it."""

from collections.abc import Sequence
from typing import NamedTuple

from consumer.audit.record import record
from consumer.rules.address import Unusable
from consumer.rules.address_keys import domain_entry, read_entry
from consumer.store.address_events import forget_bounces
from consumer.store.database import Database
from consumer.store.suppressions import (
    Suppression,
    SuppressionPlace,
    SuppressionReason,
    add_suppression,
    is_suppressed,
    list_suppressions,
    remove_suppressions,
)
from schemas.channel import Channel
from schemas.json import JsonObject


class UnusableAddressError(ValueError):
    """No message could go to this address, so it is a mistake; the message says why, without the address."""


class Named(NamedTuple):
    """An address that somebody named, as the list spells it."""

    channel: Channel
    keys: Sequence[str]
    """The first is how it is added; by the others it may be there from before."""

    @property
    def key(self) -> str:
        return self.keys[0]

    @property
    def domain(self) -> str | None:
        """The entry of its whole domain, if that is another."""
        return domain_entry(self.channel, self.key)


class Removed(NamedTuple):
    reasons: Sequence[SuppressionReason]
    """Those for which the address was suppressed."""
    is_domain_suppressed: bool
    """So that the address still is, as one of its domain."""


def named(channel: Channel, written: str, phone_region: str | None) -> Named:
    """Raises UnusableAddressError."""
    keys = read_entry(channel, written, phone_region)
    if isinstance(keys, Unusable):
        raise UnusableAddressError(f"The {channel} address {keys.problem}.")
    return Named(channel, keys)


async def suppress(database: Database, address: Named, reason: SuppressionReason) -> bool:
    """False when it was suppressed already."""
    async with database.transaction() as connection:
        is_new = await add_suppression(connection, address.channel, address.key, reason)
        if is_new:
            after = {"address": address.key, "reason": reason}
            await record(connection, "suppression.add", address.channel, after=after)
        return is_new


async def unsuppress(database: Database, address: Named, reason: SuppressionReason | None) -> Removed:
    """For that reason, or for every one (None)."""
    async with database.transaction() as connection:
        reasons = await remove_suppressions(connection, address.channel, address.keys, reason)
        if reasons:
            before = {"address": address.key, "reasons": reasons}
            await record(connection, "suppression.remove", address.channel, before=before)
        if reason in (None, SuppressionReason.BOUNCE):
            await forget_bounces(connection, address.channel, address.keys)
        domain = address.domain
        still = domain is not None and await is_suppressed(connection, address.channel, domain)
    return Removed(reasons, still)


async def suppression_rows(database: Database, channel: Channel | None = None) -> list[JsonObject]:
    """The suppressed addresses, of one channel or of all."""
    return [each.document() for each in await suppression_page(database, channel)]


async def suppression_page(
    database: Database,
    channel: Channel | None,
    limit: int | None = None,
    after: SuppressionPlace | None = None,
) -> Sequence[Suppression]:
    """The suppressed addresses, in their order; `limit` None: all of them."""
    async with database.connection() as connection:
        return await list_suppressions(connection, channel, limit, after)

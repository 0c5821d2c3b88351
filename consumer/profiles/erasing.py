"""Erasing a person, and exporting what is stored of one: the profile, and the traces in other tables."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any
from uuid import UUID

from consumer.audit.record import record
from consumer.profiles.shown import document_of
from consumer.rules.address import Unusable, find_address, read_address
from consumer.rules.address_keys import entry_keys
from consumer.rules.person import PersonHashes
from consumer.rules.push_address import tokens_of
from consumer.store.database import Connection, Database
from consumer.store.erasure import Traces, erase_traces, find_addresses, find_traces
from consumer.store.profiles import Identity, ShownProfile, delete_profile, find_profile
from consumer.store.work import Address
from schemas.channel import Channel
from schemas.namespace import ADDRESS_NAMESPACE
from schemas.trigger import Recipient

_PURPOSE = b"clarion erasure"


@dataclass(frozen=True, slots=True)
class Secrets:
    """How people are named once they are erased: by a keyed hash, or by chance when there is no key."""

    keys: Sequence[bytes] = ()
    phone_region: str | None = None

    def pseudonym(self, name: str) -> str:
        if not self.keys:
            return f"erased:{token_hex(16)}"
        key = hmac.digest(self.keys[0], _PURPOSE, "sha256")
        return f"erased:{hmac.digest(key, name.encode(), 'sha256').hex()[:32]}"

    def hashes(self, names: Iterable[str], addresses: Iterable[Address]) -> list[bytes]:
        if not self.keys:
            return []
        people = PersonHashes(self.keys, self.phone_region)
        sought = [*names, *(f"{channel}:{address}" for channel, address in addresses)]
        return sorted({found for each in sought for found in people.sought(each)})


@dataclass(frozen=True, slots=True)
class Erased:
    profile_id: UUID | None
    """None when nobody had the identity; traces of it may have been there all the same."""
    rows: Mapping[str, int]
    """By table, how many were changed or removed."""


async def erase(database: Database, identity: Identity, secrets: Secrets) -> Erased:
    """Delete the profile and take the person out of every table, in one transaction, audited."""
    async with database.transaction() as connection:
        profile = await find_profile(connection, identity)
        traces = await _traces(connection, identity, profile, secrets)
        rows = await erase_traces(connection, traces)
        if profile:
            await delete_profile(connection, profile.id)
        if profile or rows:
            subject = str(profile.id) if profile else traces.names[":".join(identity)]
            await record(connection, "profile.delete", subject, after={"rows": rows})
        return Erased(profile.id if profile else None, rows)


async def export(database: Database, identity: Identity, secrets: Secrets) -> dict[str, Any] | None:
    """All that is stored of the person; None when nothing is."""
    async with database.transaction() as connection:
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        profile = await find_profile(connection, identity)
        traces = await _traces(connection, identity, profile, secrets)
        found = await find_traces(connection, traces)
    if profile is None and not any(found.values()):
        return None
    return {"profile": document_of(profile) if profile else None, **found}


async def _traces(
    connection: Connection, identity: Identity, profile: ShownProfile | None, secrets: Secrets
) -> Traces:
    identities = profile.identities if profile else [identity]
    names = [":".join(each) for each in identities]
    addresses = {
        *await find_addresses(connection, names),
        *_addresses(identities, profile, secrets.phone_region),
    }
    return Traces(
        {name: secrets.pseudonym(name) for name in names},
        sorted(addresses),
        secrets.hashes(names, addresses),
    )


def _addresses(
    identities: Sequence[Identity], profile: ShownProfile | None, region: str | None
) -> Iterable[Address]:
    """Those that the profile has, and that its identities are, in every spelling of the lists."""
    attributes = profile.holding.attributes if profile else {}
    found: list[tuple[Channel, object]] = [(Channel.PUSH, token) for token in tokens_of(attributes)]
    for namespace, user_id in identities:
        recipient = Recipient(namespace, user_id, False, {}, {}, {})  # noqa: FBT003 - a tuple of many
        found += [
            (channel, find_address(channel, recipient, kept, {}))
            for channel in ADDRESS_NAMESPACE
            for kept in (attributes, {})
        ]
    for channel, each in found:
        address = read_address(channel, each) if each is not None else None
        if address is not None and not isinstance(address, Unusable):
            yield from ((channel.value, key) for key in entry_keys(channel, address, region))

"""Unsubscribing and coming back, as consents of the profiles of those who have one."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from consumer.rules.subscription import with_word
from consumer.store.database import DedicatedConnection
from consumer.store.profiles import Holding, Identity, find_owners, lock_profiles, update_profiles
from consumer.store.work import Address
from schemas.channel import Channel


class Word(NamedTuple):
    """What somebody said."""

    recipient: str
    address: Address
    at: datetime
    is_for_all_channels: bool
    is_no: bool


async def apply_words(connection: DedicatedConnection, words: Sequence[Word]) -> set[Address]:
    """Write them to the profiles; returns the addresses of the others, who have none."""
    owners = await find_owners(connection, {_identity(word) for word in words}) if words else {}
    held = await lock_profiles(connection, set(owners.values())) if owners else {}
    after = dict(held)
    strangers: set[Address] = set()
    for word in words:
        owner = owners.get(_identity(word))
        if owner is None or owner not in after:
            strangers.add(word.address)
            continue
        holding = after[owner]
        channel = Channel(word.address[0])
        consents = with_word(
            holding.consents, channel, word.at, is_no=word.is_no, for_all=word.is_for_all_channels
        )
        after[owner] = Holding(holding.attributes, consents)
    changed = {person: holding for person, holding in after.items() if holding != held[person]}
    if changed:
        await update_profiles(connection, changed)
    return strangers


def _identity(word: Word) -> Identity:
    namespace, _, user_id = word.recipient.partition(":")
    return namespace, user_id

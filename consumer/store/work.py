"""What a batch wants of the store, and what it gets: identities, profiles, claims."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import asyncpg

from schemas.ids import DeliveryId
from schemas.json import JsonObject
from schemas.place import Place

Identity = tuple[str, str]
"""Namespace and value."""
Address = tuple[str, str]
"""Channel and address, as the suppression list spells them."""


class StoredProfile(NamedTuple):
    id: str
    attributes: JsonObject
    consents: JsonObject
    creator: Place | None
    """The record that created it; None for one that was imported."""


class Claim(NamedTuple):
    """The right of one record to make a delivery; the fingerprint distinguishes a repeat from a conflict."""

    owner: Place
    fingerprint: bytes


class Creation(NamedTuple):
    """A profile to be made, unless somebody makes it in the meantime."""

    id: str
    creator: Place


class StoredUse(NamedTuple):
    """A message that a person was sent."""

    at: int
    """When it was decided: microseconds since 1970."""
    channel: str
    rule_set: str | None
    delivery_id: str
    owner: str
    """The place of the record that claimed it."""


class Uses(NamedTuple):
    """What some people were sent so far; their rows are locked."""

    people: Mapping[Identity, str]
    """By each of their identities."""
    by_person: Mapping[str, Sequence[StoredUse]]
    """Only people who have a row."""


class CapCheck(Protocol):
    """Decides by the caps, once it is known what people were sent."""

    counted: Collection[Identity]
    """Whose messages count."""
    retried: Collection[Identity]
    """Whose messages of an earlier try are decided again."""

    def decide(self, uses: Uses, owners: Mapping[DeliveryId, Place]) -> Collection[DeliveryId]:
        """The deliveries that a cap excludes; `owners` are the records that have claimed them, if any."""

    def uses_after(self, lost: Mapping[DeliveryId, Claim]) -> Mapping[str, Sequence[StoredUse]]:
        """What people were sent by now, of those for whom that has changed."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one batch wants to write."""

    group_id: str
    topic: str
    epochs: Mapping[int, int]
    attempted: Mapping[int, int]
    """Next offset after the batch, by partition."""
    creations: Mapping[Identity, Creation]
    releases: Sequence[tuple[DeliveryId, Place]]
    """What records that ran before may still hold, but no longer deliver."""
    claims: Mapping[DeliveryId, Claim]
    cap_check: CapCheck | None = None
    """None when no cap is asked and nothing is counted."""


@dataclass(frozen=True, slots=True)
class Written:
    """How it stands after the batch was written."""

    profiles: Mapping[Identity, StoredProfile]
    """Ids and creators of the profiles wanted, made by this batch or by somebody in the meantime."""
    lost_claims: Mapping[DeliveryId, Claim]
    """The claims that were another record's already, as that one made them."""


def owner_of(row: asyncpg.Record) -> Place:
    return Place(row["owner_topic"], row["owner_partition"], row["owner_offset"])

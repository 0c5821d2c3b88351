"""Profiles, as an import merges them and a command shows them; the engine's look-ups are in batch.py."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consumer.store.database import Connection
from consumer.store.registry import AnyConnection
from schemas.json import JsonObject

Identity = tuple[str, str]
"""Namespace and value."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What a profile holds that an import can add to."""

    attributes: JsonObject
    consents: JsonObject


@dataclass(frozen=True, slots=True)
class ShownProfile:
    id: UUID
    identities: Sequence[Identity]
    holding: Holding
    dataset: str | None
    created_at: datetime


async def find_owners(connection: AnyConnection, identities: Collection[Identity]) -> dict[Identity, UUID]:
    """Whose those identities are; those of nobody are left out."""
    rows = await connection.fetch(
        """
        SELECT namespace, value, profile_id
        FROM unnest($1::text[], $2::text[]) AS wanted (namespace, value)
        JOIN identities USING (namespace, value)
        """,
        *_columns(identities),
    )
    return {(row["namespace"], row["value"]): row["profile_id"] for row in rows}


async def lock_profiles(connection: AnyConnection, ids: Collection[UUID]) -> dict[UUID, Holding]:
    """What the profiles hold; nobody else changes them until the transaction ends."""
    rows = await connection.fetch(
        # In one order, so that two imports wait for each other and do not deadlock.
        "SELECT id, attributes, consents FROM profiles WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE",
        list(ids),
    )
    return {row["id"]: Holding(row["attributes"], row["consents"]) for row in rows}


async def insert_profiles(connection: Connection, profiles: Mapping[UUID, Holding]) -> None:
    await connection.execute(
        """
        INSERT INTO profiles (id, attributes, consents)
        SELECT * FROM unnest($1::uuid[], $2::jsonb[], $3::jsonb[])
        """,
        *_holdings(profiles),
    )


async def update_profiles(connection: AnyConnection, profiles: Mapping[UUID, Holding]) -> None:
    await connection.execute(
        """
        UPDATE profiles AS p SET attributes = given.attributes, consents = given.consents
        FROM unnest($1::uuid[], $2::jsonb[], $3::jsonb[]) AS given (id, attributes, consents)
        WHERE p.id = given.id
        """,
        *_holdings(profiles),
    )


async def insert_identities(connection: Connection, identities: Mapping[Identity, UUID]) -> bool:
    """Add them; False when another transaction has just given one of them to a profile: start again."""
    ordered = sorted(identities)
    status = await connection.execute(
        """
        INSERT INTO identities (namespace, value, profile_id)
        SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[]) ON CONFLICT DO NOTHING
        """,
        *_columns(ordered),
        [identities[identity] for identity in ordered],
    )
    return status == f"INSERT 0 {len(ordered)}"


async def find_profile(connection: Connection, identity: Identity) -> ShownProfile | None:
    row = await connection.fetchrow(
        """
        SELECT p.* FROM identities AS i JOIN profiles AS p ON p.id = i.profile_id
        WHERE i.namespace = $1 AND i.value = $2
        """,
        *identity,
    )
    if row is None:
        return None
    identities = await connection.fetch(
        "SELECT namespace, value FROM identities WHERE profile_id = $1 ORDER BY namespace, value", row["id"]
    )
    return ShownProfile(
        row["id"],
        [(found["namespace"], found["value"]) for found in identities],
        Holding(row["attributes"], row["consents"]),
        row["dataset"],
        row["created_at"],
    )


async def delete_profile(connection: Connection, id_: UUID) -> None:
    """With its identities."""
    await connection.execute("DELETE FROM profiles WHERE id = $1", id_)


def _columns(identities: Collection[Identity]) -> tuple[list[str], list[str]]:
    return [namespace for namespace, _ in identities], [value for _, value in identities]


def _holdings(profiles: Mapping[UUID, Holding]) -> tuple[list[UUID], list[JsonObject], list[JsonObject]]:
    holdings = profiles.values()
    return list(profiles), [held.attributes for held in holdings], [held.consents for held in holdings]

"""What the database says, by queries of our own."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from proof.verify.evidence import Place, Profile

_CLAIMS = "SELECT delivery_id, owner_partition, owner_offset FROM claims"
# One that belongs to nobody is found too, under its own id.
_PROFILES = """
    SELECT coalesce(i.namespace || ':' || i.value, 'profile ' || p.id) AS name, p.id,
           p.owner_topic IS NOT NULL AS is_created, p.owner_partition, p.owner_offset
    FROM profiles AS p LEFT JOIN identities AS i ON i.profile_id = p.id
"""


@dataclass(frozen=True, slots=True)
class Tables:
    claims: Mapping[str, Place]
    profiles: Mapping[str, Profile]
    profile_ids: Mapping[str, str]


async def read_tables(database_url: str) -> Tables:
    connection = await asyncpg.connect(database_url)
    try:
        claims, profiles = await connection.fetch(_CLAIMS), await connection.fetch(_PROFILES)
    finally:
        await connection.close()
    return Tables(
        {str(row["delivery_id"]): _owner(row) for row in claims},
        {row["name"]: Profile(str(row["id"]), _owner(row)) for row in profiles if row["is_created"]},
        {row["name"]: str(row["id"]) for row in profiles},
    )


def _owner(row: asyncpg.Record) -> Place:
    return Place(row["owner_partition"], row["owner_offset"])

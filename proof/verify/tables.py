"""What the database says, by queries of our own."""

import asyncpg

from proof.verify.evidence import Place, Profile

_CLAIMS = "SELECT delivery_id, owner_partition, owner_offset FROM claims"
_CREATED = """
    SELECT i.namespace || ':' || i.value AS name, p.id, p.owner_partition, p.owner_offset
    FROM profiles AS p LEFT JOIN identities AS i ON i.profile_id = p.id
    WHERE p.owner_topic IS NOT NULL
"""


async def read_tables(database_url: str) -> tuple[dict[str, Place], dict[str, Profile]]:
    """Claims by delivery id, and created profiles by the person's name."""
    connection = await asyncpg.connect(database_url)
    try:
        claims, created = await connection.fetch(_CLAIMS), await connection.fetch(_CREATED)
    finally:
        await connection.close()
    return (
        {str(row["delivery_id"]): _owner(row) for row in claims},
        # One that belongs to nobody is kept too, under its own id.
        {row["name"] or f"profile {row['id']}": Profile(str(row["id"]), _owner(row)) for row in created},
    )


def _owner(row: asyncpg.Record) -> Place:
    return Place(row["owner_partition"], row["owner_offset"])

"""Which executions somebody is found by: hashes of identities and addresses, as the projector writes them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from consumer.store.registry import AnyConnection

PersonRow = tuple[bytes, UUID, datetime]
"""A hash, and the execution's id and instant."""


async def insert_people(connection: AnyConnection, rows: Collection[PersonRow]) -> None:
    """Add them. An execution and its deliveries, which are read from other topics, say the same."""
    if not rows:
        return
    await connection.execute(
        """
        INSERT INTO execution_people (hash, execution_id, executed_at)
        SELECT * FROM unnest($1::bytea[], $2::uuid[], $3::timestamptz[]) ON CONFLICT DO NOTHING
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def delete_people(connection: AnyConnection, limit: int) -> int:
    """Remove one step of those that are older than all executions."""
    rows = await connection.fetch(
        """
        DELETE FROM execution_people WHERE (hash, execution_id, executed_at) IN (
            SELECT hash, execution_id, executed_at FROM execution_people
            WHERE executed_at < (SELECT min(executed_at) FROM executions)
            ORDER BY executed_at LIMIT $1
        ) RETURNING 1
        """,
        limit,
    )
    return len(rows)

"""Claims do not last for ever: a re-sent requestId is recognised for CLARION_CLAIM_RETENTION."""

from datetime import timedelta

from consumer.store.database import Database

STEP = 1_000
"""Rows deleted in one statement: small steps, so that no batch waits long for a lock."""


async def prune_claims(database: Database, retention: timedelta) -> int:
    """Delete one step of the claims older than `retention`; returns how many there were, 0 when done."""
    async with database.transaction() as connection:
        status = await connection.execute(
            """
            DELETE FROM claims WHERE delivery_id IN (
                SELECT delivery_id FROM claims WHERE claimed_at < now() - $1::interval
                ORDER BY claimed_at LIMIT $2 FOR UPDATE SKIP LOCKED
            )
            """,
            retention,
            STEP,
        )
    return int(status.split()[-1])

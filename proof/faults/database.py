"""Faults of PostgreSQL."""

import asyncio

import asyncpg

from proof.stage import Stage

_CUT = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def killed(stage: Stage) -> str:
    """As by a power cut, and started again at once."""
    server = stage.servers.postgres.server
    assert server
    await server.kill()
    await server.start_again()
    return "at once back"


async def away(stage: Stage) -> str:
    """Killed, and back only after a while."""
    server, seconds = stage.servers.postgres.server, stage.plan.away_seconds
    assert server
    await server.kill()
    await asyncio.sleep(seconds)
    await server.start_again()
    return f"for {seconds:.0f} s"


async def cut(stage: Stage) -> str:
    """All connections ended by the server (pg_terminate_backend)."""
    connection = await asyncpg.connect(stage.servers.postgres.watched_at)
    try:
        return f"{await connection.fetchval(_CUT)} connections"
    finally:
        await connection.close()

"""A database of its own on a server of its own, used by a role that is no superuser, as in production."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
from yarl import URL

from consumer.store.migrate import migrate
from embedded import PostgresServer


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    name: str
    role: str
    url: str
    """As the role, who owns the database and its tables."""
    server_url: str

    async def execute(self, *statements: str) -> None:
        """As the superuser, on the same database; each statement by itself."""
        url = str(URL(self.server_url).with_path(f"/{self.name}"))
        # Whatever tests set for the database.
        settings = {"default_transaction_read_only": "off"}
        connection = await asyncpg.connect(url, server_settings=settings)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def execute_on_server(self, *statements: str) -> None:
        """As the superuser, on another database of the server."""
        await _execute(self.server_url, statements)

    async def end_sessions(self) -> None:
        """Of the role, as an administrator does whose change is for new sessions only."""
        await self.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{self.role}'"  # noqa: S608
        )


@asynccontextmanager
async def own_database(server: PostgresServer) -> AsyncIterator[OwnDatabase]:
    """Made and migrated; dropped afterwards."""
    name = f"app_{uuid4().hex[:12]}"
    base = URL(server.database_url)
    url = str(base.with_user(name).with_password(name).with_path(f"/{name}"))
    database = OwnDatabase(name, name, url, server.database_url)
    await _execute(
        server.database_url,
        [f"CREATE ROLE {name} LOGIN PASSWORD '{name}'", f"CREATE DATABASE {name} OWNER {name}"],
    )
    await migrate(url)
    yield database
    await _execute(server.database_url, [f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}"])


async def _execute(url: str, statements: Collection[str]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()

"""The one door to PostgreSQL: a pool of connections, JSON both ways, and errors of our own kinds."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self, TypeAlias

import asyncpg
import orjson

from consumer.store.errors import connecting, translated

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
DedicatedConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_CLOSE_SECONDS = 5.0


class Database:
    """A pool of connections. `async with await Database.connect(url) as database` closes it again."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", options: dict[str, Any], timeout: float) -> None:
        self._pool = pool
        self._options = options
        self._timeout = timeout

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        connections_max: int = 4,
        timeout_seconds: float = 10.0,
        idle_in_transaction_ms: int = 0,
    ) -> Self:
        """Open the pool; raises the errors of consumer.store when no first connection can be had.

        `timeout_seconds` bounds each statement and each wait for a connection. After `idle_in_transaction_ms`
        (0: never) PostgreSQL ends a transaction whose process says nothing, as one that was paused.
        """
        options: dict[str, Any] = {
            "dsn": url,
            "timeout": timeout_seconds,
            "command_timeout": timeout_seconds,
            "server_settings": {
                "application_name": "clarion",
                "idle_in_transaction_session_timeout": str(idle_in_transaction_ms),
            },
        }
        with connecting():
            # With min_size=1, asyncpg tries on its own while the server is away, and logs each failure.
            pool = await asyncpg.create_pool(
                **options,
                min_size=0,
                max_size=connections_max,
                init=_speak_json,
                reset=_leave_as_is,
            )
            async with pool.acquire(timeout=timeout_seconds):
                return cls(pool, options, timeout_seconds)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection on which each statement is its own transaction."""
        with translated():
            async with self._pool.acquire(timeout=self._timeout) as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside one transaction: committed at the end, rolled back on any exception.

        When the connection is lost during the commit, DatabaseUnavailable leaves open whether it happened.
        """
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def dedicated_connection(self) -> AsyncIterator[DedicatedConnection]:
        """A connection outside the pool, for one that listens as long as it lives."""
        with translated():
            connection = await asyncpg.connect(**self._options)
            try:
                await _speak_json(connection)
                yield connection
            finally:
                connection.terminate()

    async def check(self) -> None:
        """Raises DatabaseError unless PostgreSQL answers."""
        async with self.connection() as connection:
            await connection.execute("SELECT 1")

    async def close(self) -> None:
        """Close the pool; connections still in use get five seconds."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._pool.close()
        except (TimeoutError, OSError, asyncpg.InterfaceError):
            self._pool.terminate()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _speak_json(connection: Any) -> None:  # noqa: ANN401 - pooled or dedicated
    # In binary, a jsonb value is its text after one byte that gives the format's version.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda value: orjson.loads(value[1:]),
    )
    await connection.set_type_codec(
        "json", schema="pg_catalog", format="binary", encoder=orjson.dumps, decoder=orjson.loads
    )


async def _leave_as_is(_: object) -> None:
    # asyncpg would send RESET ALL and more after each use: a round trip for state that nothing here leaves.
    return


def columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """The rows as one array for each column, as unnest takes them."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]

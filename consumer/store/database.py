"""The one door to PostgreSQL: a pool of connections, JSON both ways, and errors of our own kinds."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Self, TypeAlias

import asyncpg
import orjson

from consumer.store.errors import connecting, is_of_the_connection, translated
from consumer.store.pooler import refuse_pooling_by_transaction
from consumer.store.servers import Servers

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
DedicatedConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_CLOSE_SECONDS = 5.0
_FAREWELL_SECONDS = 0.5
_END_SESSION = "SELECT pg_terminate_backend(pg_backend_pid())"


class Database:
    """A pool of connections. `async with await Database.connect(url) as database` closes it again."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", connecting: "_Connecting", timeout: float
    ) -> None:
        self._pool = pool
        self._connecting = connecting
        self._timeout = timeout

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        connections_max: int = 4,
        timeout_seconds: float = 10.0,
        lock_seconds: float = 8.0,
        idle_in_transaction_ms: int = 0,
    ) -> Self:
        """Open the pool; raises the errors of consumer.store when no first connection can be had.

        `timeout_seconds` bounds each statement and each wait for a connection, `lock_seconds` each wait for a
        lock. After `idle_in_transaction_ms` (0: never) PostgreSQL ends a transaction whose process says
        nothing, as one that was paused.
        """
        limits = {
            "lock_timeout": int(lock_seconds * 1000),
            "idle_in_transaction_session_timeout": idle_in_transaction_ms,
        }
        with connecting():
            opening = _Connecting(Servers(url), limits, timeout_seconds)
            # With min_size=1, asyncpg tries on its own while the server is away, and logs each failure.
            pool = await asyncpg.create_pool(
                connect=opening,
                min_size=0,
                max_size=connections_max,
                reset=_leave_as_is,
            )
            async with pool.acquire(timeout=timeout_seconds):
                return cls(pool, opening, timeout_seconds)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection on which each statement is its own transaction."""
        with translated():
            async with self._pool.acquire(timeout=self._timeout) as connection:
                try:
                    yield connection
                except Exception as error:
                    if is_of_the_connection(error):
                        await self._drop(connection)
                    raise

    async def _drop(self, connection: Connection) -> None:
        """Use neither this connection again nor those opened until now.

        A session keeps what its role and database were set to when it began, and the server it began on: one
        that answers can be unable to work until it ends. A pooler would keep it beyond the connection, so it
        ends itself.
        """
        await self._pool.expire_connections()
        with suppress(Exception):
            await connection.execute(_END_SESSION, timeout=_FAREWELL_SECONDS)
        with suppress(Exception):
            await connection.close(timeout=_FAREWELL_SECONDS)

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
            connection = await self._connecting()
            try:
                yield connection
            finally:
                connection.terminate()

    async def check(self) -> None:
        """Raises DatabaseError unless PostgreSQL answers."""
        async with self.connection() as connection:
            await connection.execute("SELECT 1")

    async def refuse_pooling_by_transaction(self) -> None:
        """Raises DatabasePoolerError when a pooler gives each transaction another session."""
        with translated():
            await refuse_pooling_by_transaction(self._connecting)

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


class _Connecting:
    """Makes connections, with all that is set on each; fits `asyncpg.create_pool`."""

    def __init__(self, servers: Servers, limits: dict[str, int], timeout: float) -> None:
        self._servers = servers
        # Not among the startup's parameters, of which PgBouncer refuses these.
        self._limits = "; ".join(f"SET {name} = {value}" for name, value in limits.items())
        self._options = {
            "timeout": timeout,
            "command_timeout": timeout,
            "server_settings": {"application_name": "clarion"},
        }

    async def __call__(self, *_: object, **options: Any) -> DedicatedConnection:  # noqa: ANN401 - asyncpg's
        connection = await self._servers.connect(**{**options, **self._options})
        try:
            await connection.execute(self._limits)
            await _speak_json(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection


async def _speak_json(connection: DedicatedConnection) -> None:
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

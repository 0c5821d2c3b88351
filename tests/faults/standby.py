"""A standby of an embedded PostgreSQL: a base backup that follows by streaming replication."""

import os
from functools import partial

import asyncpg
from yarl import URL

from embedded import PostgresServer
from embedded.postgresql_programs import programs_for
from embedded.server import started


class StandbyServer(PostgresServer):
    """Takes no writes until it is promoted."""

    primary: PostgresServer

    @classmethod
    async def of(cls, primary: PostgresServer, port: int | None) -> "StandbyServer":
        """Prepared by `started`, on a given port or a free one."""
        server = await cls.open()
        assert isinstance(server, cls)
        server.primary = primary
        server.port = port or server.port
        server.database_url = str(URL(primary.database_url).with_port(server.port))
        return server

    async def prepare(self) -> None:
        if self._user is not None:
            os.chown(self.supervised.folder, self._user, -1)
        self._programs = programs_for(self._user, self.supervised.folder)
        await self._run(
            "pg_basebackup",
            f"--dbname={self.primary.database_url}",
            f"--pgdata={self._data}",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--write-recovery-conf",
            "--no-sync",
        )
        if await self.supervised.finished() != 0:
            raise await self.failure("could not copy its primary")

    async def promote(self) -> None:
        connection = await asyncpg.connect(self.database_url)
        try:
            await connection.execute("SELECT pg_promote()")
        finally:
            await connection.close()


async def start_standby(primary: PostgresServer, port: int | None = None) -> StandbyServer:
    """To be ended by its `stop`."""
    return await started(partial(StandbyServer.of, primary, port))

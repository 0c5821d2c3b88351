"""PgBouncer before a database, as its users run it. Debian's package pgbouncer has it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from yarl import URL

from embedded.ports import free_port
from tests.faults.own_database import OwnDatabase
from tests.installation import eventually

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")

_SETTINGS = """
[databases]
{name} = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = {pool_mode}
logfile =
"""


@asynccontextmanager
async def pgbouncer(database: OwnDatabase, pool_mode: str) -> AsyncIterator[str]:
    """The URL of the database by way of a pooler."""
    assert PROGRAM
    port = free_port()
    folder = _prepared(database, port, pool_mode)
    # It refuses to be root.
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = await asyncio.create_subprocess_exec(
        PROGRAM, "-q", *user, str(folder / "settings.ini"), stderr=asyncio.subprocess.DEVNULL
    )
    url = str(URL(database.url).with_port(port))
    try:
        await eventually(lambda: _answers(url))
        yield url
    finally:
        process.terminate()
        await process.wait()
        shutil.rmtree(folder)


def _prepared(database: OwnDatabase, port: int, pool_mode: str) -> Path:
    server = URL(database.url)
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
    folder.chmod(0o755)
    (folder / "users").write_text(f'"{database.role}" "{server.password}"\n')
    (folder / "settings.ini").write_text(
        _SETTINGS.format(
            name=database.name,
            host=server.host,
            port=server.port,
            listen_port=port,
            folder=folder,
            pool_mode=pool_mode,
        )
    )
    return folder


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=2)
    except (OSError, asyncpg.PostgresError):
        return False
    connection.terminate()
    return True

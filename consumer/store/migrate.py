"""Bring the database's tables to this version of Clarion."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from consumer.store.errors import DatabaseNotReady, connecting, translated
from consumer.store.servers import Servers

_LOCK = 0x436C6172696F6E  # "Clarion"
_CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Migration:
    before: str | None
    """The revision found; None in an empty database."""
    after: str


async def migrate(database_url: str, *, to: str = "head") -> Migration:
    """Run the missing migrations up to that revision, in one transaction; two at once are fine: one waits.

    Raises the errors of consumer.store.
    """
    # The URL goes to asyncpg as it is, so that it means here what it means everywhere else.
    connect = partial(_connect, database_url)
    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    with translated():
        try:
            async with engine.begin() as connection:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                return await connection.run_sync(_upgrade, to)
        except DBAPIError as error:
            # SQLAlchemy wraps what asyncpg raised; `translated` knows the original.
            raise _original(error) from None


async def _connect(database_url: str) -> "asyncpg.Connection[asyncpg.Record]":
    with connecting():
        return await Servers(database_url).connect(timeout=_CONNECT_SECONDS)


def _upgrade(connection: Connection, to: str) -> Migration:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    before = _revision(connection)
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise DatabaseNotReady(
            f"The database is of a newer Clarion (revision {before}); upgrade this program."
        ) from error
    return Migration(before, cast("str", _revision(connection)))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _original(error: DBAPIError) -> BaseException:
    return getattr(error.orig, "__cause__", None) or error

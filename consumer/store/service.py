"""The database as a service opens it: with its limits, and refused when no waiting makes it usable."""

from config.errors import SettingsError
from consumer.store.database import Database
from consumer.store.errors import DatabaseNotReady, DatabasePoolerError, connecting
from consumer.store.migrations import newest_revision
from consumer.store.servers import names_several

LOCK_SECONDS = 4.0
"""A service's wait for a lock: its cause is known before the wait makes the service not ready."""
_STATEMENT_SECONDS = 10.0
_STATEMENT_SECONDS_OF_SEVERAL = 6.0
"""Where another server can take over, one that hangs is left sooner: the work goes on within ten seconds."""


def beyond_waiting(error: Exception) -> SettingsError | None:
    """The error by which a service ends if no waiting fixes this one, else None."""
    if isinstance(error, DatabasePoolerError):
        return SettingsError(f"CLARION_DATABASE_URL: {error}")
    return None


async def connect_service(url: str, *, idle_in_transaction_ms: int = 0) -> Database:
    """Open the pool. Raises DatabasePoolerError, DatabaseNotReady and the other errors of consumer.store."""
    with connecting():
        has_others = names_several(url)
    database = await Database.connect(
        url,
        timeout_seconds=_STATEMENT_SECONDS_OF_SEVERAL if has_others else _STATEMENT_SECONDS,
        lock_seconds=LOCK_SECONDS,
        idle_in_transaction_ms=idle_in_transaction_ms,
    )
    try:
        await database.refuse_pooling_by_transaction()
        await _refuse_old_tables(database)
    except BaseException:
        await database.close()
        raise
    return database


async def _refuse_old_tables(database: Database) -> None:
    """Tables of a newer Clarion are fine: processes of two versions run together during an upgrade."""
    async with database.connection() as connection:
        if not await connection.fetchval("SELECT has_table_privilege('alembic_version', 'SELECT')"):
            return
        found = await connection.fetchval("SELECT version_num FROM alembic_version")
    newest = newest_revision()
    if found is None or found < newest:
        raise DatabaseNotReady(
            f"The database has the tables of revision {found}, this program needs {newest}; "
            "run `clarion migrate`."
        )

"""Finding out whether a pooler hands out sessions by transaction.

Notifications, the limits set on a session and prepared statements get lost there.
"""

from collections.abc import Awaitable, Callable

import asyncpg
from asyncpg.exceptions import DuplicatePreparedStatementError, InvalidSQLStatementNameError

from consumer.store.errors import POOLED_BY_TRANSACTION, DatabasePoolerError

_ROUNDS = 3
"""Other clients of the pooler can take the session between two statements."""
_SESSION = "SELECT pg_backend_pid()"

_Connect = Callable[[], Awaitable["asyncpg.Connection[asyncpg.Record]"]]


async def refuse_pooling_by_transaction(connect: _Connect) -> None:
    """Raises DatabasePoolerError, or what asyncpg raises."""
    first = await connect()
    try:
        second = await connect()
        try:
            is_shared = await _share_a_session(first, second)
        finally:
            second.terminate()
    except (DuplicatePreparedStatementError, InvalidSQLStatementNameError):
        is_shared = True
    except asyncpg.PostgresConnectionError as error:
        # By statement, PgBouncer ends what begins a transaction.
        if "pooling mode" not in str(error):
            raise
        is_shared = True
    finally:
        first.terminate()
    if is_shared:
        raise DatabasePoolerError(POOLED_BY_TRANSACTION)


async def _share_a_session(
    first: "asyncpg.Connection[asyncpg.Record]", second: "asyncpg.Connection[asyncpg.Record]"
) -> bool:
    """Whether a transaction on the second takes the session away that the first has just used."""
    for _ in range(_ROUNDS):
        before = await first.fetchval(_SESSION)
        async with second.transaction():
            if await second.fetchval(_SESSION) == before or await first.fetchval(_SESSION) != before:
                return True
    return False

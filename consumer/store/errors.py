"""What can go wrong with PostgreSQL, told apart by what to do: wait, reject the data, or ask a person."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from asyncpg.exceptions import InternalClientError, InvalidCachedStatementError


class DatabaseError(Exception):
    """PostgreSQL could not do it, for a reason that none of the kinds below names: a fault of ours."""


class DatabaseUnavailable(DatabaseError):  # noqa: N818 - it is a state that passes
    """PostgreSQL is away, overloaded or in conflict: the request is right; wait and try again."""


class DatabaseDataError(DatabaseError):
    """PostgreSQL refuses this very data (its classes 22, 23 and 54): trying again cannot help."""


class DatabaseNotReady(DatabaseError):  # noqa: N818 - it is a state that a command ends
    """The database lacks Clarion's tables, or has those of another version."""


class DatabaseAccessError(DatabaseError):
    """The URL, the password, the database's name or the user's rights are wrong."""


_AWAY: Final = (
    "08",  # connection exceptions
    "40",  # serialization failures, deadlocks
    "53",  # too many connections, disk full
    "58",  # I/O errors
    "57014",  # a statement timeout
    *("57P01", "57P02", "57P03", "57P05"),  # stopping, crashed, starting, an idle session ended
    "55P03",  # a lock timeout
    "25006",  # a read-only standby
    "25P03",  # an idle transaction ended
)
"""SQLSTATEs of what passes with time, by their beginnings (PostgreSQL's appendix A)."""
_DATA: Final = ("22", "23", "54")
_NOT_READY: Final = ("42P01", "42703", "42704", "42883", "3F000")
_ACCESS: Final = ("28", "3D000", "42501", "57P04")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what asyncpg and the network raise inside into the errors above; cancellation passes."""
    try:
        yield
    except asyncpg.PostgresError as error:
        raise _of_the_server(error) from _without_secrets(error)
    except asyncpg.InterfaceError as error:
        raise _of_the_client(error) from None
    except (InternalClientError, OSError, TimeoutError) as error:
        detail = str(error) or "no answer in time"
        raise DatabaseUnavailable(
            f"PostgreSQL does not answer ({detail}); start it, or correct CLARION_DATABASE_URL."
        ) from error


@contextmanager
def connecting() -> Iterator[None]:
    """As `translated`, where a connection is made: there, errors of values are errors in the URL."""
    with translated():
        try:
            yield
        except (ValueError, OverflowError):
            # asyncpg's text can quote the URL, and the URL holds a password.
            raise DatabaseAccessError(
                "CLARION_DATABASE_URL cannot be used; write postgresql://user:password@host:5432/database."
            ) from None


def _of_the_server(error: asyncpg.PostgresError) -> DatabaseError:
    state, said = error.sqlstate or "", error.args[0] if error.args else ""
    if state.startswith(_DATA):
        return DatabaseDataError(f"PostgreSQL refuses the data: {type(error).__name__} ({_place(error)}).")
    if state.startswith(_AWAY) or isinstance(error, InvalidCachedStatementError):
        return DatabaseUnavailable(f"PostgreSQL cannot serve now: {said}.")
    if state.startswith(_NOT_READY):
        return DatabaseNotReady(f"The database is not prepared ({said}); run `clarion migrate`.")
    if state.startswith(_ACCESS):
        return DatabaseAccessError(f"PostgreSQL refuses access: {said}; correct CLARION_DATABASE_URL.")
    return DatabaseError(f"PostgreSQL reports {state}: {said}.")


def _of_the_client(error: asyncpg.InterfaceError) -> DatabaseError:
    if isinstance(error, ValueError):
        # asyncpg could not encode an argument; its text quotes the value, which may be personal.
        return DatabaseDataError("PostgreSQL refuses the data: a value does not fit its column's type.")
    if "operation is in progress" in str(error):
        # Two tasks on one connection: a fault of ours, which waiting would hide for ever.
        return DatabaseError(f"The database connection was used twice at once: {error}.")
    return DatabaseUnavailable(f"The connection to PostgreSQL is gone: {error}.")


def _place(error: asyncpg.PostgresError) -> str:
    parts = (error.sqlstate, error.table_name, error.column_name, error.constraint_name)
    return ", ".join(part for part in parts if part)


def _without_secrets(error: asyncpg.PostgresError) -> BaseException | None:
    # PostgreSQL quotes the row when data is at fault ("Key (value)=(alice@..)"), and tracebacks reach logs.
    return None if (error.sqlstate or "").startswith(_DATA) else error

"""What can go wrong with PostgreSQL, by what to do about it: wait, reject the data, or ask a person."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import asyncpg
from asyncpg.exceptions import (
    InternalClientError,
    InvalidCachedStatementError,
    TargetServerAttributeNotMatched,
)


class DatabaseError(Exception):
    """PostgreSQL could not do it, for a reason that none of the kinds below names: a fault of ours."""


class DatabaseUnavailable(DatabaseError):  # noqa: N818 - it is a state that passes
    """PostgreSQL is away, overloaded or in conflict: the request is right; wait and try again."""


class DatabaseReadOnly(DatabaseUnavailable):
    """PostgreSQL answers and takes no writes: it is a standby, or is set to be read-only."""


class DatabaseLocked(DatabaseUnavailable):
    """Another session holds a lock for longer than we wait."""


class DatabaseDataError(DatabaseError):
    """PostgreSQL refuses this very data (its classes 22, 23 and 54): trying again cannot help."""


class DatabaseNotReady(DatabaseError):  # noqa: N818 - it is a state that a command ends
    """The database lacks Clarion's tables, or has those of another version."""


class DatabaseAccessError(DatabaseError):
    """The URL, the password, the database's name or the user's rights are wrong."""


class DatabasePoolerError(DatabaseAccessError):
    """A pooler between us and PostgreSQL gives each transaction another session."""


READ_ONLY: Final = (
    "PostgreSQL takes no writes: it is a standby, or default_transaction_read_only is on. Promote it or "
    "reset the setting; of a cluster, name all servers in CLARION_DATABASE_URL."
)
POOLED_BY_TRANSACTION: Final = (
    "A pooler gives each transaction another PostgreSQL session; set its pool_mode to session, or connect to "
    "PostgreSQL directly."
)
_DATA: Final = ("22", "23", "54")
_AWAY: Final = (
    "08",  # connection exceptions
    "40",  # serialization failures, deadlocks
    "53",  # too many connections, disk full
    "58",  # I/O errors
    "57014",  # a statement timeout
    *("57P01", "57P02", "57P03", "57P05"),  # stopping, crashed, starting, an idle session ended
    "25P03",  # an idle transaction ended
    "55000",  # the database takes no connections just now, as while a backup takes its place
)
_LOCK_TIMEOUT: Final = "55P03"
_RIGHTS: Final = "42501"
_KINDS: Final[Sequence[tuple[tuple[str, ...], type[DatabaseError], str]]] = (
    (_DATA, DatabaseDataError, "PostgreSQL refuses the data: {name} ({place})."),
    (("25006",), DatabaseReadOnly, READ_ONLY),
    (
        (_LOCK_TIMEOUT,),
        DatabaseLocked,
        "PostgreSQL: another session holds a lock on what Clarion needs; pg_blocking_pids() shows which.",
    ),
    # A prepared statement is gone, or is there already: the session is another than the one that prepared it.
    (("26000", "42P05"), DatabasePoolerError, POOLED_BY_TRANSACTION),
    (_AWAY, DatabaseUnavailable, "PostgreSQL cannot serve now: {said}."),
    (
        ("42P01", "42703", "42704", "42883", "3F000"),
        DatabaseNotReady,
        "The database is not prepared ({said}); run `clarion migrate`.",
    ),
    (
        (_RIGHTS,),
        DatabaseAccessError,
        "PostgreSQL refuses access: {said}; grant Clarion's user the right.",
    ),
    (
        ("28", "3D000", "57P04"),
        DatabaseAccessError,
        "PostgreSQL refuses access: {said}; correct CLARION_DATABASE_URL.",
    ),
    (("",), DatabaseError, "PostgreSQL reports {state}: {said}."),
)
"""By the beginnings of SQLSTATEs (PostgreSQL's appendix A), the first that fits."""


def is_of_the_connection(error: Exception) -> bool:
    """Whether another connection may do what failed on this one: not so with data, locks and rights."""
    if isinstance(error, asyncpg.PostgresError):
        elsewhere = (*_DATA, "40", _LOCK_TIMEOUT, _RIGHTS)
        return not (error.sqlstate or "").startswith(elsewhere)
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)
    return isinstance(error, InternalClientError | OSError | DatabaseReadOnly)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what asyncpg and the network raise inside into the errors above; cancellation passes."""
    try:
        yield
    except asyncpg.PostgresError as error:
        raise _of_the_server(error) from _without_secrets(error)
    except asyncpg.InterfaceError as error:
        raise _of_the_client(error) from None
    except TargetServerAttributeNotMatched as error:
        raise DatabaseReadOnly(READ_ONLY) from error
    except (InternalClientError, OSError) as error:
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
        except ssl.SSLCertVerificationError as error:  # a ValueError, too
            raise DatabaseAccessError(_of_certificate(error)) from None
        except FileNotFoundError:
            raise DatabaseAccessError(
                "A file that CLARION_DATABASE_URL names does not exist: "
                "correct sslrootcert, sslcert, sslkey or the socket's folder."
            ) from None
        except (ValueError, OverflowError):
            # asyncpg's text can quote the URL, and the URL holds a password.
            raise DatabaseAccessError(
                "CLARION_DATABASE_URL cannot be used; write postgresql://user:password@host:5432/database."
            ) from None


def _of_certificate(error: ssl.SSLCertVerificationError) -> str:
    said = error.verify_message.removesuffix(".")
    return (
        f"The certificate of PostgreSQL is not accepted ({said}); "
        "correct the host, sslmode or sslrootcert in CLARION_DATABASE_URL."
    )


def _of_the_server(error: asyncpg.PostgresError) -> DatabaseError:
    state, said = error.sqlstate or "", error.args[0] if error.args else ""
    if isinstance(error, InvalidCachedStatementError):
        state = "40001"
    kind, sentence = next((kind, text) for states, kind, text in _KINDS if state.startswith(states))
    return kind(sentence.format(state=state, said=said, name=type(error).__name__, place=_place(error)))


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

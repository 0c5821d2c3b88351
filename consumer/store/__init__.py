"""The store: all that Clarion says to PostgreSQL, one noun a file. All SQL but the migrations' is here."""

from consumer.store.database import Connection, Database
from consumer.store.errors import (
    DatabaseAccessError,
    DatabaseDataError,
    DatabaseError,
    DatabaseLocked,
    DatabaseNotReady,
    DatabasePoolerError,
    DatabaseReadOnly,
    DatabaseUnavailable,
)

__all__ = [
    "Connection",
    "Database",
    "DatabaseAccessError",
    "DatabaseDataError",
    "DatabaseError",
    "DatabaseLocked",
    "DatabaseNotReady",
    "DatabasePoolerError",
    "DatabaseReadOnly",
    "DatabaseUnavailable",
]

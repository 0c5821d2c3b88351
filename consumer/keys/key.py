"""A key, what it may be used for, and its secret."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from consumer.store.keys import KeyRow


class Scope(StrEnum):
    TRIGGER = "trigger"
    """Trigger campaigns."""
    READ = "read"
    """Read executions, campaigns and dead letters."""
    OPERATE = "operate"
    """Replay and discard dead letters; suppressions."""
    AUTHOR = "author"
    """Write drafts of campaigns."""
    PUBLISH = "publish"
    """Activate and stop campaigns."""
    ADMIN = "admin"
    """Everything."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: KeyRow) -> "ApiKey":
        return cls(row.id, row.name, frozenset(row.scopes), row.created_at, row.revoked_at)

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, which is known at this moment only."""

    id: str
    secret: str
    name: str
    scopes: Sequence[Scope]


def new_key(name: str, scopes: Sequence[Scope]) -> NewKey:
    return NewKey(f"ck_{secrets.token_hex(8)}", f"cs_{secrets.token_urlsafe(32)}", name, sorted(set(scopes)))


def hash_of(secret: str) -> bytes:
    """A plain hash is enough: a secret is 256 random bits, which nobody tries one by one."""
    return sha256(secret.encode()).digest()

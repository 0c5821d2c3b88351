"""A key, what it may be used for, and its secret."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from pydantic import TypeAdapter, ValidationError

from consumer.store.keys import KeyRow
from schemas.characters import BREAKS_OR_CONTROLS
from schemas.json import JsonObject
from schemas.trigger_wire import Name
from schemas.written import Line

_LENGTH_MAX: Final = 100
_ENTRIES_MAX: Final = 100
_ID: Final = TypeAdapter[str](Name)
_LABEL: Final = TypeAdapter[str](Line)
RATE_MAX: Final = 100_000


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


class UnusableKeyError(ValueError):
    """Such a key cannot be created; the message says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a key is limited to, besides its scopes."""

    campaigns: Sequence[str] = ()
    """Only these; empty: all."""
    labels: Sequence[str] = ()
    """Only campaigns all of whose labels are among these; empty: all."""
    rate: int | None = None
    """Calls per second; None: any number."""

    def document(self) -> JsonObject:
        """As every door shows them."""
        return {"campaigns": list(self.campaigns), "labels": list(self.labels), "rate": self.rate}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is listed."""

    id: str
    name: str
    scopes: Sequence[str]
    limits: Limits
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: KeyRow) -> "ApiKey":
        limits = Limits(row.campaigns, row.labels, row.rate)
        return cls(row.id, row.name, row.scopes, limits, row.created_at, row.revoked_at)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, which is known at this moment only."""

    id: str
    secret: str
    name: str
    scopes: Sequence[Scope]
    limits: Limits


def new_key(name: str, scopes: Sequence[Scope], limits: Limits) -> NewKey:
    """Raises UnusableKeyError."""
    _check_name(name)
    _check_limits(limits)
    if not scopes:
        raise UnusableKeyError(f"A key needs a scope: {', '.join(Scope)}.")
    if Scope.ADMIN in scopes and (limits.campaigns or limits.labels):
        # It could create a key without limits.
        raise UnusableKeyError("A key with the scope admin cannot be limited to campaigns or labels.")
    id_, secret = f"ck_{secrets.token_hex(8)}", f"cs_{secrets.token_urlsafe(32)}"
    limits = Limits(sorted(set(limits.campaigns)), sorted(set(limits.labels)), limits.rate)
    return NewKey(id_, secret, name, sorted(set(scopes)), limits)


def hash_of(secret: str) -> bytes:
    """A plain hash is enough: a secret is 256 random bits, which nobody tries one by one."""
    return sha256(secret.encode()).digest()


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= _LENGTH_MAX or BREAKS_OR_CONTROLS.search(name):
        raise UnusableKeyError(f"A key's name has 1 to {_LENGTH_MAX} characters and is one line.")


def _check_limits(limits: Limits) -> None:
    for id_ in limits.campaigns:
        if not _fits(_ID, id_):
            raise UnusableKeyError(f"{id_!r} is no campaign's id.")
    for label in limits.labels:
        if not _fits(_LABEL, label):
            raise UnusableKeyError(
                f"{label!r} is no label: those of campaigns are one line of 1 to 500 characters."
            )
    if max(len(limits.campaigns), len(limits.labels)) > _ENTRIES_MAX:
        raise UnusableKeyError(f"A key names at most {_ENTRIES_MAX} campaigns and {_ENTRIES_MAX} labels.")
    if limits.rate is not None and not 1 <= limits.rate <= RATE_MAX:
        raise UnusableKeyError(f"A key's rate is 1 to {RATE_MAX:,} calls per second.")


def _fits(kind: TypeAdapter[str], text: str) -> bool:
    try:
        kind.validate_python(text)
    except ValidationError:
        return False
    return True

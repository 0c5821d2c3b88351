"""Signed tokens: what a client gets for its key's id and secret, as OAuth's client credentials have it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import jwt

TOKEN_LIFETIME: Final = timedelta(hours=1)
_ALGORITHM: Final = "HS256"
_ISSUER: Final = "clarion"


class Tokens:
    """Tokens that every process with one of these keys can read; the first key signs."""

    def __init__(self, signing_keys: Sequence[bytes]) -> None:
        self._keys = signing_keys

    @property
    def can_sign(self) -> bool:
        return bool(self._keys)

    def sign(self, key_id: str) -> str:
        now = datetime.now(UTC)
        claims = {"iss": _ISSUER, "sub": key_id, "iat": now, "exp": now + TOKEN_LIFETIME}
        return jwt.encode(claims, self._keys[0], _ALGORITHM)

    def read(self, token: str) -> str | None:
        """The id of the key that the token was given to; None unless it is one of ours that is still valid.

        The token names the key and no more: what the key may do, and whether it is revoked, is asked then.
        """
        for key in self._keys:
            try:
                claims = jwt.decode(
                    token,
                    key,
                    [_ALGORITHM],
                    issuer=_ISSUER,
                    options={"require": ["exp", "sub"]},
                )
            except jwt.PyJWTError:
                continue
            return str(claims["sub"])
        return None

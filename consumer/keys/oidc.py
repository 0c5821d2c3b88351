"""People whom an OpenID Connect issuer vouches for: their tokens, and what their groups may do."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import jwt

from config.settings import Settings
from consumer.keys.issuer import IssuerKeys
from consumer.keys.principal import Principal

_ALGORITHMS: Final = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
]
"""Of signatures by a key pair only: a public key must never pass for a shared secret."""
_LEEWAY_SECONDS: Final = 30


class OidcTokens:
    def __init__(
        self,
        keys: IssuerKeys,
        *,
        issuer: str,
        audience: str,
        groups_claim: str,
        scopes_by_group: Mapping[str, Sequence[str]],
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._groups_claim = groups_claim
        self._scopes_by_group = scopes_by_group

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """None where no issuer is set."""
        if settings.oidc_issuer is None:
            return None
        return cls(
            IssuerKeys(settings.oidc_issuer),
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            groups_claim=settings.oidc_groups_claim,
            scopes_by_group=settings.scopes_by_group,
        )

    def is_from_issuer(self, token: str) -> bool:
        """Whether the token claims to be; `read` asks whether it is."""
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError:
            return False
        return claims.get("iss") == self._issuer

    async def read(self, token: str) -> Principal | None:
        """Whom the token was given to; None unless it is valid. Raises IssuerAwayError."""
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.find(key_id) if isinstance(key_id, str) else None
            if key is None:
                return None
            claims = jwt.decode(
                token,
                key,
                _ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "sub", "aud"]},
            )
        except jwt.PyJWTError:
            return None
        return self._principal(claims)

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        groups = claims.get(self._groups_claim)
        names = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        scopes = {scope for name in names for scope in self._scopes_by_group.get(str(name), ())}
        subject = str(claims["sub"])
        name = str(claims.get("preferred_username") or claims.get("email") or subject)
        return Principal(subject, name, frozenset(scopes), is_key=False)

"""Who calls, and whether they may."""

from dataclasses import dataclass

from starlette.requests import Request

from consumer.keys.held import HeldKeys
from consumer.keys.key import ApiKey, Scope
from consumer.keys.tokens import Tokens
from gateway.problem import Problem, forbidden, unauthorized

ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Caller:
    id: str
    """Of the key; what `createdBy` says."""


class Access:
    def __init__(self, keys: HeldKeys, tokens: Tokens, *, org_id: str | None, allows_anonymous: bool) -> None:
        """`allows_anonymous`: whether everybody may call for as long as no key was ever created."""
        self._keys = keys
        self._tokens = tokens
        self._org_id = org_id
        self._allows_anonymous = allows_anonymous

    def admit(self, request: Request, scope: Scope) -> Caller | Problem:
        org_id = request.headers.get("x-gw-ims-org-id")
        if self._org_id is not None and org_id != self._org_id:
            return forbidden("The header x-gw-ims-org-id must name the organisation of this installation.")
        if self._allows_anonymous and not self._keys.has_any:
            return Caller(ANONYMOUS)
        key = self._key_of(request)
        if isinstance(key, Problem):
            return key
        if request.headers.get("x-api-key", key.id) != key.id:
            return forbidden("The header x-api-key names another key than the one that authorizes the call.")
        if not key.may(scope):
            return forbidden(f"The key lacks the scope {scope}.")
        return Caller(key.id)

    def _key_of(self, request: Request) -> ApiKey | Problem:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not credentials.strip():
            return unauthorized("Send `Authorization: Bearer` with a key's secret or a token.")
        secret = credentials.strip()
        if key := self._keys.with_secret(secret):
            return key
        key_id = self._tokens.read(secret)
        if key := self._keys.with_id(key_id) if key_id is not None else None:
            return key
        return unauthorized("The credentials are unknown, expired or revoked.")

"""Who calls, and whether they may."""

from typing import Final

from starlette.requests import Request

from consumer.keys.held import HeldKeys
from consumer.keys.key import Scope
from consumer.keys.principal import Principal
from consumer.keys.tokens import Tokens
from gateway.problem import Problem, forbidden, rate_limited, unauthorized
from gateway.rates import Rates

ANONYMOUS: Final = Principal("anonymous", "anonymous", frozenset(Scope))


class Access:
    def __init__(self, keys: HeldKeys, tokens: Tokens, *, org_id: str | None, allows_anonymous: bool) -> None:
        """`allows_anonymous`: whether everybody may call for as long as no key was ever created."""
        self._keys = keys
        self._tokens = tokens
        self._org_id = org_id
        self._allows_anonymous = allows_anonymous
        self._rates = Rates()

    async def admit(self, request: Request, scope: Scope) -> Principal | Problem:
        """The caller, if they may do what needs this scope; the call counts for their rate."""
        caller = self._identify(request)
        if isinstance(caller, Problem):
            return caller
        if not await self._rates.takes(caller):
            return rate_limited(f"The key allows {caller.rate:,} calls per second.")
        if not caller.may(scope):
            return forbidden(f"The key lacks the scope {scope}.")
        return caller

    def _identify(self, request: Request) -> Principal | Problem:
        org_id = request.headers.get("x-gw-ims-org-id")
        if self._org_id is not None and org_id != self._org_id:
            return forbidden("The header x-gw-ims-org-id must name the organisation of this installation.")
        if self._allows_anonymous and not self._keys.has_any:
            return ANONYMOUS
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not credentials.strip():
            return unauthorized("Send `Authorization: Bearer` with a key's secret or a token.")
        caller = self._authenticate(credentials.strip())
        if caller is None:
            return unauthorized("The credentials are unknown, expired or revoked.")
        if request.headers.get("x-api-key", caller.id) != caller.id:
            return forbidden("The header x-api-key names another key than the one that authorizes the call.")
        return caller

    def _authenticate(self, credentials: str) -> Principal | None:
        if key := self._keys.with_secret(credentials):
            return key
        key_id = self._tokens.read(credentials)
        return self._keys.with_id(key_id) if key_id is not None else None


def hidden_campaign(request_id: str | None = None) -> Problem:
    """The refusal of a campaign that Principal.may_see denies."""
    return forbidden("The key is not for this campaign, by its campaigns or labels.", request_id)

"""Who calls, and whether they may."""

from typing import Final

import structlog
from starlette.requests import Request

from consumer.keys.held import HeldKeys
from consumer.keys.issuer import IssuerAwayError
from consumer.keys.key import Scope
from consumer.keys.oidc import OidcTokens
from consumer.keys.principal import Principal
from consumer.keys.tokens import Tokens
from gateway.problem import Problem, forbidden, rate_limited, unauthorized, unavailable
from gateway.rates import Rates

log = structlog.get_logger()

ANONYMOUS: Final = Principal("anonymous", "anonymous", frozenset(Scope))


class Access:
    def __init__(
        self,
        keys: HeldKeys,
        tokens: Tokens,
        people: OidcTokens | None = None,
        *,
        org_id: str | None,
        allows_anonymous: bool,
    ) -> None:
        """`allows_anonymous`: whether everybody may call for as long as no key was ever created."""
        self._people = people
        self._keys = keys
        self._tokens = tokens
        self._org_id = org_id
        self._allows_anonymous = allows_anonymous
        self._rates = Rates()

    async def admit(self, request: Request, scope: Scope) -> Principal | Problem:
        """The caller, if they may do what needs this scope; the call counts for their rate."""
        caller = await self._identify(request)
        if isinstance(caller, Problem):
            return caller
        if not await self._rates.takes(caller):
            return rate_limited(f"The key allows {caller.rate:,} calls per second.")
        if not caller.may(scope):
            return forbidden(f"The key lacks the scope {scope}.")
        return caller

    async def _identify(self, request: Request) -> Principal | Problem:
        org_id = request.headers.get("x-gw-ims-org-id")
        if self._org_id is not None and org_id != self._org_id:
            return forbidden("The header x-gw-ims-org-id must name the organisation of this installation.")
        if self._allows_anonymous and not self._keys.has_any:
            return ANONYMOUS
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not credentials.strip():
            return unauthorized("Send `Authorization: Bearer` with a key's secret or a token.")
        caller = await self._authenticate(credentials.strip())
        if isinstance(caller, Problem):
            log.info("credentials refused", client=request.client.host if request.client else None)
            return caller
        if caller.is_key and request.headers.get("x-api-key", caller.id) != caller.id:
            return forbidden("The header x-api-key names another key than the one that authorizes the call.")
        return caller

    async def _authenticate(self, credentials: str) -> Principal | Problem:
        if key := self._keys.with_secret(credentials):
            return key
        if self._people and self._people.is_from_issuer(credentials):
            caller = await _vouched_for(self._people, credentials)
        else:
            key_id = self._tokens.read(credentials)
            caller = self._keys.with_id(key_id) if key_id is not None else None
        return caller or unauthorized("The credentials are unknown, expired or revoked.")


async def _vouched_for(people: OidcTokens, token: str) -> Principal | Problem | None:
    try:
        return await people.read(token)
    except IssuerAwayError:
        return unavailable("The issuer of this token does not answer; keys and their tokens are accepted.")


def hidden_campaign(request_id: str | None = None) -> Problem:
    """The refusal of a campaign that Principal.may_see denies."""
    return forbidden("The key is not for this campaign, by its campaigns or labels.", request_id)

"""POST /ims/token/v3: a signed token for a key's id and secret, by OAuth's client credentials grant.

RFC 6749, sections 4.4 and 5. Scopes in the request, as Adobe's clients send them, mean nothing.
"""

from typing import Final
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consumer.keys.held import HeldKeys
from consumer.keys.tokens import TOKEN_LIFETIME, Tokens
from gateway.body import read_body, unless_of_type
from gateway.problem import Problem, respond, unavailable

PATH: Final = "/ims/token/v3"
_BODY_BYTES_MAX: Final = 10_000
_FIELDS_MAX: Final = 20


class TokenEndpoint:
    def __init__(self, keys: HeldKeys, tokens: Tokens) -> None:
        self._keys = keys
        self._tokens = tokens

    async def give(self, request: Request) -> Response:
        if problem := unless_of_type(request, "application/x-www-form-urlencoded"):
            return respond(problem, request)
        body = await read_body(request, _BODY_BYTES_MAX)
        key_id = body if isinstance(body, Problem) else self._authenticate(body)
        if isinstance(key_id, Problem):
            return respond(key_id, request)
        answer = {
            "access_token": self._tokens.sign(key_id),
            "token_type": "bearer",
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
        }
        return Response(
            orjson.dumps(answer), headers={"Cache-Control": "no-store"}, media_type="application/json"
        )

    def _authenticate(self, body: bytes) -> str | Problem:
        """The id of the key whose secret was sent."""
        if not self._tokens.can_sign:
            return unavailable(
                "CLARION_SECRET_KEY is not set, so no tokens are given; send the secret itself as Bearer."
            )
        try:
            fields = dict(parse_qsl(body.decode(), max_num_fields=_FIELDS_MAX))
        except ValueError:
            return _refused(400, "invalid_request", "The body is not a form that can be read.")
        if fields.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", "Send grant_type=client_credentials.")
        key = self._keys.with_secret(fields.get("client_secret", ""))
        if key is None or key.id != fields.get("client_id"):
            return _refused(401, "invalid_client", "client_id and client_secret are not those of a key.")
        return key.id


def _refused(status: int, error: str, detail: str) -> Problem:
    reason = "unauthorized" if status == 401 else error  # noqa: PLR2004 - HTTP's number
    members = {"error": error, "error_description": detail}
    return Problem(status, reason, "No token is given", detail, members=members)

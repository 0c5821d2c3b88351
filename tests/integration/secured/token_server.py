"""A small authorization server: client credentials in, signed tokens out, and the key to check them by."""

import base64
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from yarl import URL

CLIENT_SECRET = "between us"  # noqa: S105 - of a client that lives as long as a test
AUDIENCE = "kafka"
_KEY_ID = "key-1"


class TokenServer:
    """Issues a token to every client id that gives CLIENT_SECRET; the token's subject is the client id."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.lifetime_seconds = 300
        self.audience = AUDIENCE
        self.requests: list[dict[str, str]] = []
        """The forms of all requests that were granted."""
        self.url = URL()

    @property
    def token_url(self) -> str:
        return str(self.url / "token")

    @property
    def jwks_url(self) -> str:
        return str(self.url / "keys")

    async def _token(self, request: web.Request) -> web.Response:
        client_id, secret = _basic(request.headers.get("Authorization", ""))
        if secret != CLIENT_SECRET:
            return web.json_response(
                {"error": "invalid_client", "error_description": "the secret is wrong"}, status=401
            )
        form = {name: str(value) for name, value in (await request.post()).items()}
        if form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        self.requests.append(form)
        return web.json_response(
            {
                "access_token": self._signed(client_id, form.get("scope", "")),
                "token_type": "Bearer",
                "expires_in": self.lifetime_seconds,
            }
        )

    def _signed(self, subject: str, scope: str) -> str:
        now = int(time.time())
        claims = {
            "sub": subject,
            "aud": self.audience,
            "iat": now,
            "exp": now + self.lifetime_seconds,
            "jti": str(uuid4()),
            "scope": scope,
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": _KEY_ID})

    async def _keys(self, _: web.Request) -> web.Response:
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return web.json_response({"keys": [{**key, "kid": _KEY_ID, "use": "sig", "alg": "RS256"}]})

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["TokenServer"]:
        app = web.Application()
        app.add_routes([web.post("/token", self._token), web.get("/keys", self._keys)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = URL.build(scheme="http", host="127.0.0.1", port=runner.addresses[0][1])
        try:
            yield self
        finally:
            await runner.cleanup()


def _basic(header: str) -> tuple[str, str]:
    """Client id and secret, each percent-encoded as RFC 6749 section 2.3.1 wants them."""
    decoded = base64.b64decode(header.removeprefix("Basic ")).decode()
    client_id, _, secret = decoded.partition(":")
    return URL(f"?v={client_id}", encoded=True).query["v"], URL(f"?v={secret}", encoded=True).query["v"]

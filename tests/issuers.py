"""An OpenID Connect issuer in the test's process, over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from embedded.ports import free_port


class Issuer:
    """Its keys can be rotated, and it can go away and come back."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked = 0
        """How often the keys were."""
        self._port = port
        self._runner: web.AppRunner | None = None
        self.rotate("k-1")

    def rotate(self, key_id: str) -> None:
        self._key_id = key_id
        self._key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)

    def token(self, **claims: Any) -> str:
        standard = {"iss": self.url, "aud": "clarion", "sub": "u-1", "exp": time() + 300}
        given = {name: value for name, value in {**standard, **claims}.items() if value is not None}
        return jwt.encode(given, self._key, "RS256", headers={"kid": self._key_id})

    async def start(self) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.get("/.well-known/openid-configuration", self._discover),
                web.get("/keys", self._give_keys),
            ]
        )
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _discover(self, _: web.Request) -> web.Response:
        return web.json_response({"issuer": self.url, "jwks_uri": f"{self.url}/keys"})

    async def _give_keys(self, _: web.Request) -> web.Response:
        self.asked += 1
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return web.json_response({"keys": [{**public, "kid": self._key_id, "use": "sig", "alg": "RS256"}]})


@asynccontextmanager
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer(free_port())
    await made.start()
    try:
        yield made
    finally:
        await made.stop()

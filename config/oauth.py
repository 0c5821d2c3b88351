"""Tokens for SASL OAUTHBEARER, by OAuth's client credentials grant (RFC 6749, section 4.4)."""

import asyncio
import os
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaError

from config.errors import environment_name

if TYPE_CHECKING:  # slow to import, and only needed with OAUTHBEARER
    from aiohttp import ClientResponse

ANSWER_SECONDS: Final = 10.0
_USED_SHARE: Final = 0.8
"""A token is replaced when this share of its lifetime is over: early enough for a slow endpoint."""
_ANSWERS: Final = (200, 400, 401)
"""The statuses with which RFC 6749 section 5 gives a token or refuses one."""
_LIFETIME_SECONDS: Final = 60.0
"""Of a token whose endpoint does not say (expires_in is only recommended)."""


class TokenError(KafkaError):
    """No token for Kafka can be had; the sentence says why and what to change."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    endpoint: str
    client_id: str
    client_secret: str
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    renew_at: float
    expires_at: float


class TokenProvider(AbstractTokenProvider):
    """Gives each new connection a token that is valid, and asks the endpoint no more often than needed."""

    def __init__(self, credentials: ClientCredentials, tls: ssl.SSLContext) -> None:
        self._credentials = credentials
        self._tls = tls
        self._token: _Token | None = None
        self._asking = asyncio.Lock()

    async def token(self) -> str:
        """Raises TokenError when there is none that is still valid."""
        # Connections to several brokers open at the same time: the first asks for all.
        async with self._asking:
            if self._token is None or monotonic() >= self._token.renew_at:
                await self._renew()
            assert self._token is not None
            return self._token.text

    async def _renew(self) -> None:
        try:
            self._token = await self._ask()
        except TokenError:
            if self._token is None or monotonic() >= self._token.expires_at:
                raise

    async def _ask(self) -> _Token:
        from aiohttp import ClientError, ClientSession, ClientTimeout  # noqa: PLC0415 - see above

        asked_at = monotonic()
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=ANSWER_SECONDS)) as session,
                session.post(
                    self._credentials.endpoint,
                    data=self._form(),
                    headers=self._headers(),
                    ssl=self._tls,
                    # The secret goes to no other place than the one that is set.
                    allow_redirects=False,
                ) as response,
            ):
                return await self._read(response, asked_at)
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            raise TokenError(self._no_answer(_said(error))) from error

    def _form(self) -> dict[str, str]:
        form = {"grant_type": "client_credentials"}
        return form | {"scope": self._credentials.scope} if self._credentials.scope else form

    def _headers(self) -> dict[str, str]:
        # RFC 6749 section 2.3.1: both are form-encoded before they become a password header.
        pair = f"{quote_plus(self._credentials.client_id)}:{quote_plus(self._credentials.client_secret)}"
        return {
            "Accept": "application/json",
            "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
        }

    async def _read(self, response: "ClientResponse", asked_at: float) -> _Token:
        if response.status not in _ANSWERS:
            raise TokenError(self._no_answer(f"HTTP status {response.status}"))
        answer: Any = await response.json(content_type=None)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise TokenError(self._refusal(answer if isinstance(answer, dict) else {}))
        lifetime = float(answer.get("expires_in") or _LIFETIME_SECONDS)
        return _Token(token, asked_at + lifetime * _USED_SHARE, asked_at + lifetime)

    def _no_answer(self, said: str) -> str:
        return (
            f"The token endpoint {self._credentials.endpoint} gives no answer that can be used ({said}); "
            f"correct {environment_name('kafka_sasl_oauth_token_endpoint')}."
        )

    def _refusal(self, answer: Mapping[str, Any]) -> str:
        said = answer.get("error_description") or answer.get("error") or "it gives no reason"
        names = [
            environment_name(f"kafka_sasl_oauth_{part}") for part in ("client_id", "client_secret", "scope")
        ]
        return (
            f"The token endpoint {self._credentials.endpoint} refuses a token to the client "
            f"{self._credentials.client_id} ({said}); correct {names[0]}, {names[1]} or {names[2]}."
        )


def _said(error: BaseException) -> str:
    if isinstance(inner := getattr(error, "os_error", error), OSError) and inner.errno:
        return os.strerror(inner.errno).lower()
    return str(error) or f"none within {ANSWER_SECONDS:.0f} s"

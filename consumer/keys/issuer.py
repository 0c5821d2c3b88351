"""The signing keys of an OpenID Connect issuer: found by discovery, kept, asked for again if unknown."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any, Final

import jwt
import structlog

log = structlog.get_logger()

ANSWER_SECONDS: Final = 5.0
_BYTES_MAX: Final = 1_000_000
_FRESH_SECONDS: Final = 600.0
"""After that the keys are asked for again, so that one that was withdrawn is forgotten."""
_AGAIN_SECONDS: Final = 5.0
"""Between two questions: a key that nobody has must not make everybody ask."""


class IssuerAwayError(Exception):
    """The issuer's keys cannot be had; the message says why."""


class IssuerKeys:
    def __init__(self, issuer: str, *, again_seconds: float = _AGAIN_SECONDS) -> None:
        self._issuer = issuer
        self._again_seconds = again_seconds
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = self._asked_at = float("-inf")
        self._problem: str | None = None
        self._asking = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key with that id; None if the issuer has none.

        Raises IssuerAwayError when that is not known. While the issuer is away, the keys it had hold on.
        """
        if key_id not in self._keys:
            await self._ask_again()
        elif monotonic() - self._read_at > _FRESH_SECONDS and (
            not self._refreshing or self._refreshing.done()
        ):
            # Nobody waits for it: an issuer that is slow keeps nobody whose key is known.
            self._refreshing = asyncio.create_task(self._ask_again())
        if key_id not in self._keys and self._problem:
            raise IssuerAwayError(self._problem)
        return self._keys.get(key_id)

    async def _ask_again(self) -> None:
        async with self._asking:
            if monotonic() - self._asked_at > self._again_seconds:
                await self._ask()

    async def _ask(self) -> None:
        self._asked_at = monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._keys = await _fetch(self._issuer)
        except (OSError, TimeoutError, ValueError, jwt.PyJWTError) as error:
            # aiohttp's errors of connections are OSErrors or ValueErrors, but for some.
            self._problem = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            log.warning("OpenID Connect issuer not reached", issuer=self._issuer, cause=self._problem)
        else:
            self._problem, self._read_at = None, self._asked_at


async def _fetch(issuer: str) -> dict[str, jwt.PyJWK]:
    """The keys by their ids. Raises OSError, ValueError and jwt's errors."""
    from aiohttp import ClientError, ClientSession, ClientTimeout  # noqa: PLC0415 - for those who use it

    try:
        async with ClientSession(timeout=ClientTimeout(total=ANSWER_SECONDS)) as session:
            document = await _get(session, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if document.get("issuer") != issuer:
                raise ValueError("its discovery document names another issuer")
            keys = jwt.PyJWKSet.from_dict(dict(await _get(session, str(document.get("jwks_uri")))))
    except ClientError as error:
        raise OSError(str(error) or type(error).__name__) from None
    return {key.key_id: key for key in keys.keys if key.key_id}


async def _get(session: Any, url: str) -> Mapping[str, Any]:  # noqa: ANN401 - aiohttp's, imported late
    async with session.get(url, allow_redirects=False) as response:
        if response.status != 200:  # noqa: PLR2004 - HTTP's number
            raise ValueError(f"{url} answers {response.status}")
        document = await response.json(content_type=None)
    if not isinstance(document, Mapping):
        raise ValueError(f"{url} answers something else than a JSON object")  # noqa: TRY004 - of the outside
    return document

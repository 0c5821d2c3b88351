"""Tokens are asked for once, kept while they are good, and replaced before they expire."""

import asyncio
import ssl

import pytest

from config.oauth import ClientCredentials, TokenError, TokenProvider
from tests.integration.secured.token_server import CLIENT_SECRET, TokenServer


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("config.oauth.monotonic", clock)
    return clock


def provider(token_server: TokenServer, client_id: str = "a-service", path: str = "token") -> TokenProvider:
    endpoint = str(token_server.url / path)
    credentials = ClientCredentials(endpoint, client_id, CLIENT_SECRET, "kafka read")
    return TokenProvider(credentials, ssl.create_default_context())


async def test_connections_that_open_together_share_one_token(token_server: TokenServer) -> None:
    ours, before = provider(token_server), len(token_server.requests)

    tokens = await asyncio.gather(*(ours.token() for _ in range(10)))

    assert len(set(tokens)) == 1
    assert token_server.requests[before:] == [{"grant_type": "client_credentials", "scope": "kafka read"}]


async def test_a_token_is_replaced_before_it_expires(token_server: TokenServer, clock: Clock) -> None:
    ours, lifetime = provider(token_server), token_server.lifetime_seconds
    first = await ours.token()

    clock.now = lifetime * 0.75
    assert await ours.token() == first
    clock.now = lifetime * 0.85
    assert await ours.token() != first


async def test_a_token_is_used_to_its_end_while_its_endpoint_is_away(clock: Clock) -> None:
    async with TokenServer().serving() as leaving:
        ours, lifetime = provider(leaving), leaving.lifetime_seconds
        first = await ours.token()

    clock.now = lifetime * 0.9
    assert await ours.token() == first
    clock.now = lifetime + 1
    with pytest.raises(TokenError, match=r"gives no answer that can be used \(connection refused\)"):
        await ours.token()


async def test_ids_and_secrets_of_any_letters_arrive_as_they_are(token_server: TokenServer) -> None:
    assert await provider(token_server, "a:service/ü%").token()


async def test_an_answer_that_is_no_token_is_told(token_server: TokenServer) -> None:
    with pytest.raises(TokenError, match=r"gives no answer that can be used \(HTTP status 404\); correct "):
        await provider(token_server, path="elsewhere").token()

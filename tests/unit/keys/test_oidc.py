"""Tokens of an issuer: whose are accepted, what their groups may do, and what a rotation does."""

from collections.abc import AsyncIterator
from time import time

import jwt
import pytest

from consumer.keys.issuer import IssuerAwayError, IssuerKeys
from consumer.keys.oidc import OidcTokens
from tests.issuers import Issuer, issuer

SCOPES = {"support": ["read"], "sre": ["read", "operate"]}


@pytest.fixture
async def there() -> AsyncIterator[Issuer]:
    async with issuer() as started:
        yield started


def tokens_of(there: Issuer) -> OidcTokens:
    keys = IssuerKeys(there.url, again_seconds=0)
    return OidcTokens(
        keys, issuer=there.url, audience="clarion", groups_claim="groups", scopes_by_group=SCOPES
    )


async def test_groups_become_scopes(there: Issuer) -> None:
    tokens = tokens_of(there)
    token = there.token(groups=["support", "sre", "other"], preferred_username="alice")
    assert tokens.is_from_issuer(token)
    caller = await tokens.read(token)

    assert caller
    assert (caller.id, caller.name, caller.scopes) == ("u-1", "alice", frozenset({"read", "operate"}))
    assert not caller.is_key
    for groups in (None, [], "other", {"a": 1}, [1]):
        nobody = await tokens.read(there.token(groups=groups))
        assert nobody
        assert nobody.scopes == set()
    # One group need not be a list.
    assert (await tokens.read(there.token(groups="support"))).scopes == {"read"}  # type: ignore[union-attr]


async def test_keys_are_asked_for_once_and_again_after_a_rotation(there: Issuer) -> None:
    tokens = tokens_of(there)
    old = there.token()
    for _ in range(3):
        assert await tokens.read(old)
    assert there.asked == 1
    there.rotate("k-2")
    assert await tokens.read(there.token())
    assert there.asked == 2
    assert await tokens.read(old) is None


async def test_what_is_not_a_valid_token_for_clarion_is_refused(there: Issuer) -> None:
    tokens = tokens_of(there)
    another = Issuer(1)
    another.url = there.url
    refused = [
        there.token(aud="another"),
        there.token(aud=None),
        there.token(exp=time() - 300),
        there.token(exp=None),
        there.token(nbf=time() + 300),
        there.token(iss="http://elsewhere"),
        another.token(),
        jwt.encode({"iss": there.url, "aud": "clarion", "sub": "u", "exp": time() + 9}, "k" * 32, "HS256"),
        "a.b.c",
    ]
    for token in refused:
        assert await tokens.read(token) is None


async def test_an_issuer_that_is_away_is_not_a_wrong_token(there: Issuer) -> None:
    tokens, known = tokens_of(there), there.token()
    assert await tokens.read(known)
    await there.stop()
    # The key is known, so nobody needs to be asked.
    assert await tokens.read(known)
    there.rotate("k-2")
    with pytest.raises(IssuerAwayError):
        await tokens.read(there.token())
    await there.start()
    assert await tokens.read(there.token())


async def test_a_discovery_that_names_another_issuer_is_not_believed(there: Issuer) -> None:
    port_url = there.url
    there.url = "http://elsewhere"
    keys = IssuerKeys(port_url, again_seconds=0)
    with pytest.raises(IssuerAwayError, match="another issuer"):
        await keys.find("k-1")

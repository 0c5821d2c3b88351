"""Somebody whom an issuer vouches for calls the gateway; keys go on beside it."""

from collections.abc import AsyncIterator

import pytest

from consumer.keys import administration
from consumer.keys.key import Scope
from tests.builders import campaign, trigger
from tests.gateways import UNITARY, gateway_of
from tests.installation import Installation
from tests.issuers import Issuer, issuer

SCOPES = '{"marketing": ["trigger"], "support": ["read"]}'


@pytest.fixture
async def there() -> AsyncIterator[Issuer]:
    async with issuer() as started:
        yield started


async def test_a_token_of_the_issuer_is_accepted_by_its_groups(
    installation: Installation, there: Issuer
) -> None:
    await installation.activate(campaign())

    def bearer(group: str) -> dict[str, str]:
        return {"authorization": f"Bearer {there.token(groups=[group])}", "x_api_key": "any-client"}

    async with gateway_of(installation, oidc_issuer=there.url, oidc_scopes=SCOPES) as client:
        accepted = await client.post(UNITARY, trigger(), **bearer("marketing"))
        forbidden = await client.post(UNITARY, trigger(), **bearer("support"))
        listed = await client.call("GET", "/api/v1/campaigns", **bearer("support"))
        # No key exists, and yet nobody may call without credentials.
        anonymous = await client.post(UNITARY, trigger())

    assert (accepted.status, accepted.json["createdBy"]) == (202, "u-1")
    assert (forbidden.status, listed.status, anonymous.status) == (403, 200, 401)


async def test_while_the_issuer_is_away_its_tokens_wait_and_keys_go_on(
    installation: Installation, there: Issuer
) -> None:
    await installation.activate(campaign())
    key = await administration.create(installation.database, "shop", [Scope.TRIGGER])
    token = there.token(groups=["marketing"])
    await there.stop()
    async with gateway_of(installation, oidc_issuer=there.url, oidc_scopes=SCOPES) as client:
        vouched_for = await client.post(UNITARY, trigger(), authorization=f"Bearer {token}")
        by_key = await client.post(UNITARY, trigger(), authorization=f"Bearer {key.secret}")

    assert (vouched_for.status, vouched_for.kind) == (503, "unavailable-503")
    assert "issuer" in vouched_for.json["detail"]
    assert by_key.status == 202

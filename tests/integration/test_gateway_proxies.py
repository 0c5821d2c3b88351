"""Who calls is whom a trusted proxy names; nobody else's word counts."""

import pytest
from structlog.testing import capture_logs

from consumer.keys import administration
from consumer.keys.key import Scope
from tests.builders import trigger
from tests.gateways import UNITARY, gateway_of
from tests.installation import Installation


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [(None, "127.0.0.1"), ("127.0.0.0/8", "203.0.113.7"), ("10.0.0.1", "127.0.0.1")],
)
async def test_the_address_of_refused_credentials_is_logged(
    installation: Installation, trusted: str | None, seen: str
) -> None:
    await administration.create(installation.database, "shop", [Scope.TRIGGER])
    with capture_logs() as logs:
        async with gateway_of(installation, gateway_trusted_proxies=trusted) as client:
            headers = {"authorization": "Bearer wrong", "x_forwarded_for": "203.0.113.7"}
            assert (await client.post(UNITARY, trigger(), **headers)).status == 401

    assert [line["client"] for line in logs if line["event"] == "credentials refused"] == [seen]
    assert "wrong" not in str(logs)

"""What became of somebody's messages, by one command, from tables that find them without naming them."""

from typing import Any

import pytest
from pydantic import SecretStr

from tests.builders import EMAIL, SMS, campaign, recipient, trigger
from tests.commands import run
from tests.gateways import gateway_of
from tests.installation import Installation
from tests.projecting import project

KEY, NEXT = "ab" * 32, "cd" * 32


@pytest.fixture
async def installation(installation: Installation) -> Installation:
    channels = {"email": EMAIL, "sms": SMS}
    await installation.activate(campaign(namespace="crm", createProfiles=True, channels=channels))
    await installation.activate(campaign(id="mail", createProfiles=True))
    return with_key(installation, KEY)


def with_key(installation: Installation, key: str | None) -> Installation:
    secret = SecretStr(key) if key else None
    installation.settings = installation.settings.model_copy(update={"secret_key": secret})
    return installation


async def execute(installation: Installation, *triggers: dict[str, Any]) -> None:
    await installation.send(*triggers)
    async with installation.engine():
        await installation.executions(len(triggers))


def to_alice(request_id: str = "r-1") -> dict[str, Any]:
    data = {"emailAddress": "Alice@Example.com", "mobilePhoneNumber": "+46 70 123 45 67"}
    return trigger(recipient("123", namespace="crm", channelData=data), requestId=request_id)


async def found(installation: Installation, to: str) -> list[str]:
    listed = await run(installation, "executions", "list", "--to", to, "--json")
    assert listed.code == 0, listed.err
    return [row["requestId"] for row in listed.json]


async def test_executions_are_found_by_identity_and_by_address(installation: Installation) -> None:
    bob = trigger(recipient("bob@example.com"), campaignId="mail", requestId="r-2")
    await execute(installation, to_alice(), bob)
    await project(installation)

    for name in ("crm:123", "CRM:123", "email:alice@example.com", "sms:+46701234567", "phone:+46-70-1234567"):
        assert await found(installation, name) == ["r-1"], name
    assert await found(installation, "email:BOB@example.com") == ["r-2"]
    assert await found(installation, "email:nobody@example.com") == []
    async with gateway_of(installation) as client:
        answer = await client.call("GET", "/api/v1/executions?recipient=email:alice@example.com")
        unreadable = await client.call("GET", "/api/v1/executions?recipient=alice")
    assert [row["requestId"] for row in answer.json] == ["r-1"]
    assert unreadable.status == 400


async def test_the_table_names_nobody_and_is_made_again_by_a_rebuild(installation: Installation) -> None:
    await execute(installation, to_alice())
    await project(installation)
    before = await stored(installation)
    with_key(installation, f"{NEXT},{KEY}")
    assert await found(installation, "crm:123") == ["r-1"]
    await project(installation, rebuild=True)
    after = await stored(installation)

    assert before
    assert not set(before) & set(after)
    with_key(installation, NEXT)
    assert await found(installation, "email:alice@example.com") == ["r-1"]


async def test_without_a_key_a_sentence_says_what_to_do(installation: Installation) -> None:
    await execute(installation, to_alice())
    await project(installation)
    with_key(installation, None)
    # What was projected by the key is no obstacle to go on without.
    await project(installation)
    refused = await run(installation, "executions", "list", "--to", "crm:123")

    assert refused.code == 1
    assert "CLARION_SECRET_KEY" in refused.err
    unreadable = await run(with_key(installation, KEY), "executions", "list", "--to", "crm123")
    assert unreadable.code == 1
    assert "NAMESPACE:USERID" in unreadable.err


async def stored(installation: Installation) -> list[bytes]:
    async with installation.database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM execution_people")
    assert all(set(row.keys()) == {"hash", "execution_id", "executed_at"} for row in rows)
    return [row["hash"] for row in rows]

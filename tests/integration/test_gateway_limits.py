"""What a key is limited to: campaigns, labels, calls per second."""

import pytest

from consumer.campaigns import lifecycle
from consumer.keys import administration
from consumer.keys.key import Limits, Scope
from tests.builders import campaign, trigger
from tests.commands import run
from tests.gateways import UNITARY, Answer, Client, gateway_of
from tests.installation import Installation


async def bearer(installation: Installation, limits: Limits) -> dict[str, str]:
    key = await administration.create(installation.database, "shop", [Scope.TRIGGER], limits)
    return {"authorization": f"Bearer {key.secret}"}


async def call(client: Client, headers: dict[str, str], campaign_id: str) -> Answer:
    return await client.post(UNITARY, trigger(campaignId=campaign_id), **headers)


@pytest.fixture
async def campaigns(installation: Installation) -> None:
    for id_, labels in (("open", []), ("nordic", ["emea"]), ("staff", ["emea", "hr"])):
        await installation.activate(campaign(id=id_, labels=labels))


@pytest.mark.usefixtures("campaigns")
async def test_labels_allow_only_campaigns_all_of_whose_labels_the_key_has(
    installation: Installation,
) -> None:
    headers = await bearer(installation, Limits(labels=["emea"]))
    async with gateway_of(installation) as client:
        answers = {id_: await call(client, headers, id_) for id_ in ("open", "nordic", "staff", "unknown")}

    assert {id_: answer.status for id_, answer in answers.items()} == {
        "open": 202,
        "nordic": 202,
        "staff": 403,
        "unknown": 404,
    }
    assert answers["staff"].kind == "forbidden-403"
    assert "requestId" in answers["staff"].json


@pytest.mark.usefixtures("campaigns")
async def test_campaigns_allow_only_those(installation: Installation) -> None:
    headers = await bearer(installation, Limits(campaigns=["open"]))
    async with gateway_of(installation) as client:
        statuses = [(await call(client, headers, id_)).status for id_ in ("open", "nordic", "unknown")]

    assert statuses == [202, 403, 403]


@pytest.mark.usefixtures("campaigns")
async def test_a_hidden_campaign_does_not_show_its_status(installation: Installation) -> None:
    await lifecycle.stop(installation.database, "staff")
    headers = await bearer(installation, Limits(labels=["emea"]))
    async with gateway_of(installation) as client:
        answer = await call(client, headers, "staff")

    assert answer.status == 403
    assert answer.context == {}


@pytest.mark.usefixtures("campaigns")
async def test_labels_of_the_next_version_hold_once_it_is_activated(installation: Installation) -> None:
    headers = await bearer(installation, Limits(labels=["emea"]))
    async with gateway_of(installation, registry_poll_seconds=300) as client:
        assert (await call(client, headers, "staff")).status == 403
        await installation.activate(campaign(id="staff", labels=["emea"]))
        # Nothing is refused before the campaign is read afresh.
        assert (await call(client, headers, "staff")).status == 202


@pytest.mark.usefixtures("campaigns")
async def test_beyond_its_rate_a_key_is_told_to_wait(installation: Installation) -> None:
    slow, other = await bearer(installation, Limits(rate=2)), await bearer(installation, Limits())
    async with gateway_of(installation) as client:
        answers = [await call(client, slow, "open") for _ in range(40)]
        free = await call(client, other, "open")

    refused = [answer for answer in answers if answer.status == 429]
    assert answers[0].status == 202
    assert refused
    assert refused[0].kind == "rate_limited-429"
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert free.status == 202


async def test_limits_are_created_and_listed_on_the_command_line(installation: Installation) -> None:
    limits = ["--campaign", "b", "--campaign", "a", "--label", "emea", "--rate", "100"]
    created = await run(installation, "keys", "create", "shop", "--scope", "trigger", *limits, "--json")
    listed = await run(installation, "keys", "list", "--json")
    refused = await run(installation, "keys", "create", "boss", "--scope", "admin", "--label", "emea")
    no_id = await run(installation, "keys", "create", "shop", "--scope", "read", "--campaign", "a b")

    said = {"scopes": ["trigger"], "campaigns": ["a", "b"], "labels": ["emea"], "rate": 100}
    assert {**created.json, **said} == created.json
    assert [{**row, **said} == row for row in listed.json] == [True]
    assert (refused.code, no_id.code) == (2, 2)
    assert "a b" in no_id.err

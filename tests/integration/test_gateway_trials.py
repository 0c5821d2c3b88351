"""A campaign is previewed, explained and proofed by the API."""

from collections.abc import AsyncIterator

import pytest

from tests.builders import campaign
from tests.gateways import Client, gateway_of
from tests.installation import Installation

CAMPAIGN = "/api/v1/campaigns/welcome"


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[Client]:
    """With a draft."""
    async with gateway_of(installation) as client:
        document = campaign()
        del document["id"]
        assert (await client.send("PUT", f"{CAMPAIGN}/draft", document)).status == 201
        yield client


async def test_a_draft_is_previewed(client: Client) -> None:
    sample = await client.call("POST", f"{CAMPAIGN}/preview")
    named = {"recipients": [{"userId": "a@b.c", "context": {"name": "Ann"}}]}
    people = await client.send("POST", f"{CAMPAIGN}/preview", named)
    assert (sample.status, sample.json[0]["content"]["subject"]) == (200, "Hello name")
    assert [(each["recipient"], each["content"]["subject"]) for each in people.json] == [
        ("email:a@b.c", "Hello Ann")
    ]


async def test_a_trigger_is_explained(client: Client) -> None:
    people = [{"namespace": "email", "userId": "x"}]
    call = {"trigger": {"requestId": "r", "campaignId": "welcome", "recipients": people}}
    explained = await client.send("POST", f"{CAMPAIGN}/explain", call)
    [found] = explained.json
    assert (found["outcome"], found["reason"]) == ("rejection", "invalid_address")
    assert [rule["rule"] for rule in found["rules"] if rule["verdict"] == "failed"] == [11]


async def test_a_proof_is_sent(client: Client, installation: Installation) -> None:
    sent = await client.send(
        "POST", f"{CAMPAIGN}/proofs", {"to": ["email:me@acme.example"], "subjectPrefix": "[proof] "}
    )
    [delivery] = await installation.deliveries()
    assert (sent.status, sent.json["outcomes"][0]["outcome"]) == (200, "delivery")
    assert (delivery["test"], delivery["content"]["subject"]) == (True, "[proof] Hello name")


async def test_what_cannot_be_tried_is_refused(client: Client) -> None:
    other = {"requestId": "r", "campaignId": "other", "recipients": [{"namespace": "email", "userId": "x"}]}
    answers = [
        await client.send("POST", f"{CAMPAIGN}/preview", {"trigger": other}),
        await client.send("POST", f"{CAMPAIGN}/preview", {"treatment": "b"}),
        await client.send("POST", f"{CAMPAIGN}/preview", {"version": "7"}),
        await client.send("POST", f"{CAMPAIGN}/preview", {"recipients": [{"userId": "x"}] * 101}),
        await client.send("POST", f"{CAMPAIGN}/proofs", {"to": ["nobody"]}),
        await client.send("POST", f"{CAMPAIGN}/proofs", {"to": []}),
        await client.call("POST", f"{CAMPAIGN}/proofs"),
        await client.call("POST", "/api/v1/campaigns/nope/preview"),
    ]
    assert [answer.status for answer in answers] == [409, 409, 409, 400, 409, 400, 415, 404]

"""Calls that are accepted become the caller's own record, and then deliveries."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.ids import execution_id
from tests.ajo import SAMPLES
from tests.builders import EMAIL, PUSH, SMS, campaign, recipient, trigger
from tests.commands import run
from tests.gateways import HEALTH, HIGH_THROUGHPUT, UNITARY, gateway_of
from tests.installation import Installation, headers

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_an_accepted_call_is_on_its_topic_byte_by_byte(installation: Installation) -> None:
    await installation.activate(campaign())
    value = orjson.dumps(trigger(recipient(namespace="Email"), requestId="r-1"), option=orjson.OPT_INDENT_2)

    async with gateway_of(installation) as client:
        answer = await client.post(UNITARY, value, traceparent=TRACEPARENT)

    assert answer.status == 202
    assert answer.json["executionId"] == execution_id("welcome", "r-1")
    assert answer.json["requestId"] == "r-1"
    assert set(answer.json) == {"executionId", "requestId", "createdAt", "createdBy"}
    [record] = await installation.read(installation.topics.triggers("unitary"))
    assert record.value == value
    assert record.key == b"email:alice@example.com"
    assert headers(record) == {"traceparent": TRACEPARENT}


async def test_an_accepted_call_is_delivered(installation: Installation) -> None:
    await installation.activate(campaign())
    async with gateway_of(installation) as client, installation.engine():
        answer = await client.post(UNITARY, trigger())
        [execution] = await installation.executions(1)

    assert execution["executionId"] == answer.json["executionId"]
    assert [outcome["outcome"] for outcome in execution["outcomes"]] == ["delivery"]


async def test_the_same_request_twice_has_one_id_and_one_delivery(installation: Installation) -> None:
    await installation.activate(campaign())
    call = trigger(requestId="r-1")
    async with gateway_of(installation) as client, installation.engine():
        answers = [await client.post(UNITARY, call) for _ in range(2)]
        await installation.executions(2)

    assert [answer.status for answer in answers] == [202, 202]
    assert answers[0].json["executionId"] == answers[1].json["executionId"]
    assert len(await installation.deliveries()) == 1


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
async def test_a_published_sample_is_accepted_unchanged(installation: Installation, path: Path) -> None:
    value = path.read_bytes()  # noqa: ASYNC240 - a small file
    sample = orjson.loads(value)
    namespace = sample["recipients"][0]["namespace"].lower()
    lane = "high-throughput" if path.stem == "high-throughput" else "unitary"
    used: dict[str, Any] = {"email": {"email": EMAIL}, "phone": {"sms": SMS}}
    await installation.activate(
        campaign(
            id=sample["campaignId"],
            namespace=namespace,
            lane=lane,
            createProfiles=lane == "unitary",
            channels=used.get(namespace, {"push": PUSH}),
        )
    )
    async with gateway_of(installation) as client:
        answer = await client.post(UNITARY if lane == "unitary" else HIGH_THROUGHPUT, value)

    assert answer.status == 202, answer.body
    [record] = await installation.read(installation.topics.triggers(lane))
    assert record.value == value


async def test_a_campaign_activated_a_moment_ago_is_known(installation: Installation) -> None:
    async with gateway_of(installation, registry_poll_seconds=300) as client:
        assert (await client.post(UNITARY, trigger())).status == 404
        await installation.activate(campaign())
        assert (await client.post(UNITARY, trigger())).status == 202


async def test_some_recipients_that_cannot_pass_are_warnings(installation: Installation) -> None:
    await installation.activate(campaign())
    call = trigger(recipient(), recipient("1", namespace="crm"))
    async with gateway_of(installation) as client:
        answer = await client.post(UNITARY, call)

    assert answer.status == 202
    [warning] = answer.json["report"]["warnings"]
    assert warning.startswith("recipients[1]: ")


async def test_a_misspelled_member_is_accepted_and_named(installation: Installation) -> None:
    await installation.activate(campaign())
    call = trigger({**recipient(), "chanelData": {"emailAddress": "b@example.com"}})
    async with gateway_of(installation) as client:
        answer = await client.post(UNITARY, call)

    assert answer.status == 202
    [warning] = answer.json["report"]["warnings"]
    assert warning.startswith("recipients[0].chanelData ")
    assert "channelData was probably meant" in warning


async def test_sending_by_command_warns_of_it_and_refuses_it_if_asked(
    installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "trigger.json"
    file.write_bytes(orjson.dumps(trigger({**recipient(), "chanelData": {}})))
    refused = await run(installation, "send", str(file), "--strict")
    warned = await run(installation, "send", str(file))
    silent = await run(installation, "send", str(file), "--no-check")

    assert (refused.code, warned.code, silent.code) == (1, 0, 0)
    assert "Trigger 1: recipients[0].chanelData is not a member" in warned.err
    assert "Nothing was sent" in refused.err
    assert silent.err == ""
    assert len(await installation.read(installation.topics.triggers("unitary"))) == 2


async def test_a_calls_id_is_echoed_or_made(installation: Installation) -> None:
    async with gateway_of(installation) as client:
        echoed = await client.call("GET", HEALTH, X_REQUEST_ID="abc")
        made = await client.call("GET", HEALTH)

    assert echoed.headers["x-request-id"] == "abc"
    assert made.headers["x-request-id"]
    assert (echoed.status, echoed.json) == (200, {"status": "UP"})

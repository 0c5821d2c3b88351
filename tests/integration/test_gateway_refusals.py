"""What is refused, is refused at once, in AJO's words, and is not on any topic."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from consumer.campaigns import lifecycle
from schemas.campaign import CampaignFile
from tests.builders import campaign, recipient, trigger
from tests.gateways import HEALTH, HIGH_THROUGHPUT, TOKEN, UNITARY, Client, gateway_of
from tests.installation import Installation

CAMPAIGNS: dict[str, dict[str, Any]] = {
    "welcome": {},
    "ahead": {"start": "2040-01-01T00:00:00+01:00"},
    "over": {"end": "2024-01-01T00:00:00+01:00"},
    "known-only": {"createProfiles": False},
}
DEEP = b'{"a":' * 70 + b"1" + b"}" * 70
REFUSED: dict[str, tuple[dict[str, Any] | bytes, int, str, str]] = {
    "not JSON": (b"{", 400, "malformed-400", "The request cannot be read"),
    "not UTF-8": (b'{"requestId":"\xff"}', 400, "malformed-400", "The request cannot be read"),
    "too deep": (DEEP, 400, "malformed-400", "The request cannot be read"),
    "empty": (b"", 400, "malformed-400", "The request cannot be read"),
    "a list": (b"[]", 400, "invalid-400", "The request is not valid"),
    "a key twice": (
        b'{"requestId":"a","requestId":"b","campaignId":"welcome","recipients":[]}',
        400,
        "invalid-400",
        "The request is not valid",
    ),
    "a person twice": (trigger(recipient(), recipient()), 400, "duplicate_recipient-400", "A recipient"),
    "reserved": (trigger(context={"system": 1}), 400, "reserved_context-400", "The context has"),
    "large context": (trigger(context={"a": "x" * 210_000}), 400, "context_too_large-400", "The context is"),
    "too large": (
        trigger(context={"a": "x" * 2_000_000}),
        413,
        "trigger_too_large-413",
        "The request is too large",
    ),
    "unknown campaign": (trigger(campaignId="none"), 404, "unknown_campaign-404", "Cannot find the Campaign"),
    "not live": (trigger(campaignId="draft"), 400, "campaign_not_live-400", "The campaign is not live"),
    "before the start": (
        trigger(campaignId="ahead"),
        400,
        "before_start-400",
        "The campaign has not started",
    ),
    "after the end": (trigger(campaignId="over"), 400, "after_end-400", "The campaign has ended"),
    "wrong namespace": (
        trigger(recipient("1", namespace="crm")),
        400,
        "namespace_mismatch-400",
        "The namespace",
    ),
    "unknown profile": (
        trigger(campaignId="known-only"),
        404,
        "unknown_profile-404",
        "Cannot find the Profile",
    ),
}


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[Client]:
    for id_, changes in CAMPAIGNS.items():
        await installation.activate(campaign(id=id_, **changes))
    await lifecycle.apply(installation.database, CampaignFile.model_validate(campaign(id="draft")))
    async with gateway_of(installation) as client:
        yield client


async def test_each_refusal_has_its_row_and_leaves_no_record(
    client: Client, installation: Installation
) -> None:
    for case, (body, status, kind, title) in REFUSED.items():
        answer = await client.post(UNITARY, body)

        assert (answer.status, answer.kind) == (status, kind), case
        assert answer.json["title"].startswith(title), case
        assert answer.json["status"] == status
        assert answer.json["detail"]
        assert all(isinstance(value, str) for value in answer.context.values()), case
        assert answer.headers["content-type"] == "application/json"
    assert await installation.read(installation.topics.triggers("unitary")) == []


async def test_each_violation_of_the_shape_is_named(client: Client) -> None:
    answer = await client.post(UNITARY, {"requestId": 7, "campaignId": "welcome", "recipients": "x"})

    assert answer.kind == "invalid-400"
    assert {"requestId", "recipients"} <= set(answer.context)


async def test_a_refusal_names_the_call_and_how_the_campaign_stands(client: Client) -> None:
    ahead = await client.post(UNITARY, trigger(campaignId="ahead", requestId="r-1"))
    draft = await client.post(UNITARY, trigger(campaignId="draft"))

    assert ahead.json["requestId"] == "r-1"
    assert ahead.context == {
        "requestId": "r-1",
        "campaignId": "ahead",
        "status": "scheduled",
        "start": "2039-12-31T23:00:00.000Z",
    }
    assert draft.context["status"] == "draft"


async def test_the_wrong_lane_is_refused(client: Client) -> None:
    answer = await client.post(HIGH_THROUGHPUT, trigger(recipient(type="external")))

    assert (answer.status, answer.kind) == (400, "wrong_lane-400")


async def test_a_known_profile_passes_where_none_is_created(
    client: Client, installation: Installation
) -> None:
    call = trigger(campaignId="welcome")
    assert (await client.post(UNITARY, call)).status == 202
    async with installation.engine():
        await installation.executions(1)

    assert (await client.post(UNITARY, trigger(campaignId="known-only"))).status == 202


async def test_what_is_no_call_at_all_has_the_same_body(client: Client) -> None:
    path = await client.post("/ajo/im/executions/unitaryy", trigger())
    method = await client.call("GET", UNITARY)
    kind = await client.post(UNITARY, trigger(), content_type="text/plain")
    token = await client.post(TOKEN, {})

    assert (path.status, path.kind) == (404, "not_found-404")
    assert (method.status, method.kind) == (405, "method_not_allowed-405")
    assert "POST" in method.headers["Allow"]
    assert (kind.status, token.status) == (415, 415)
    assert all(answer.json["report"] == {"additionalContext": {}} for answer in (path, method, kind))


async def test_problem_json_is_given_to_who_asks_for_it(client: Client) -> None:
    answer = await client.post(UNITARY, b"{", accept="application/problem+json")

    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_chunked_body_is_read_no_further_than_allowed(client: Client) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"requestId":"'
        for _ in range(200):
            yield b"x" * 10_000

    answer = await client.call("POST", UNITARY, chunks(), content_type="application/json")

    assert (answer.status, answer.kind) == (413, "trigger_too_large-413")
    assert (await client.call("GET", HEALTH)).status == 200


async def test_values_and_ids_of_a_call_are_in_no_log(
    client: Client, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "otp-493817"  # noqa: S105 - a value to look for
    call = trigger(recipient(f"{secret}@example.com"), context={"code": secret})
    for body in (call, {**call, "recipients": secret}, orjson.dumps(call)[:-1]):
        await client.post(UNITARY, body)

    printed = capsys.readouterr()
    assert secret not in caplog.text + printed.out + printed.err

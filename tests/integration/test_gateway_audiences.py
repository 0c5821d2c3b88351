"""AJO's paths for audiences and schedules, and ours."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from consumer.campaigns import lifecycle
from consumer.keys import administration
from consumer.keys.key import Limits, Scope
from schemas.ids import execution_id
from tests.audiences import apply_audience, import_people, person
from tests.builders import campaign
from tests.gateways import AUDIENCE, Client, gateway_of
from tests.installation import Installation, Json, eventually

SCHEDULES = "/ajo/im/executions/schedules"
OURS = "/api/v1/audience-executions"


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[Client]:
    await apply_audience(installation.database)
    await installation.activate(campaign())
    await installation.activate(campaign(id="own", audience="everybody"))
    await installation.activate(campaign(id="fast", lane="high-throughput", createProfiles=False))
    async with gateway_of(installation) as client:
        yield client


def call(**changes: object) -> Json:
    return {"requestId": "r-1", "campaignId": "welcome", "audience": {"id": "everybody"}, **changes}


def ahead(**difference: float) -> str:
    return (datetime.now(UTC) + timedelta(**difference)).isoformat()


async def test_a_call_is_answered_once_and_the_same_again(client: Client) -> None:
    first = await client.post(AUDIENCE, call())
    again = await client.post(AUDIENCE, call())
    other = await client.post(AUDIENCE, call(context={"name": "x"}))
    made = await client.post(AUDIENCE, call(requestId=None))
    assert (first.status, first.json) == (202, again.json)
    assert first.json["executionId"] == execution_id("welcome", "r-1")
    assert set(first.json) == {"executionId", "requestId", "createdAt", "createdBy"}
    assert (other.status, other.kind) == (409, "request_conflict-409")
    assert made.status == 202
    assert made.json["requestId"]


async def test_the_campaigns_own_audience_is_taken_and_the_calls_goes_before_it(client: Client) -> None:
    own = await client.post(AUDIENCE, {"campaignId": "own"})
    top = await client.post(AUDIENCE, {"campaignId": "welcome", "audienceId": "everybody"})
    shown = await client.call("GET", f"{AUDIENCE}/{own.json['executionId']}")
    assert (own.status, top.status) == (202, 202)
    assert shown.json["audienceId"] == "everybody"


@pytest.mark.parametrize(
    ("body", "status", "kind", "path"),
    [
        (b"{", 400, "malformed-400", None),
        (call(campaignId=7), 400, "invalid-400", "campaignId"),
        (call(audience=None), 400, "invalid-400", "audience.id"),
        (call(audience={"id": "nobody"}), 404, "unknown_audience-404", None),
        (call(campaignId="none"), 404, "unknown_campaign-404", "campaignId"),
        (call(campaignId="fast"), 400, "wrong_lane-400", None),
        (call(context={"system": {}}), 400, "reserved_context-400", None),
        (call(context={"a": "x" * 200_000}), 400, "context_too_large-400", None),
        (call(schedule={"executeAt": "2026-06-01T09:00:00"}), 400, "invalid-400", "schedule.executeAt"),
        (call(schedule={"executeAt": "2020-06-01T09:00:00Z"}), 400, "invalid-400", "schedule.executeAt"),
        (call(schedule={"executeAt": ahead(days=400)}), 400, "invalid-400", "schedule.executeAt"),
    ],
)
async def test_what_cannot_be_executed_is_refused_in_words(
    client: Client, body: Json | bytes, status: int, kind: str, path: str | None
) -> None:
    answer = await client.post(AUDIENCE, body)
    assert (answer.status, answer.kind) == (status, kind)
    assert path is None or path in answer.context


async def test_what_is_not_there_is_404(client: Client) -> None:
    for path in (f"{AUDIENCE}/{uuid4()}", f"{AUDIENCE}/x", f"{SCHEDULES}/{uuid4()}", f"{OURS}/{uuid4()}"):
        assert (await client.call("GET", path)).status == 404
    assert (await client.call("DELETE", f"{SCHEDULES}/{uuid4()}")).status == 404
    assert (await client.call("POST", f"{OURS}/{uuid4()}/pause")).status == 404


async def test_a_campaign_that_is_stopped_is_not_live(client: Client, installation: Installation) -> None:
    await lifecycle.stop(installation.database, "welcome")
    answer = await client.post(AUDIENCE, call())
    assert (answer.status, answer.kind) == (400, "campaign_not_live-400")


async def test_a_schedule_is_shown_and_cancelled_before_its_time_only(client: Client) -> None:
    at = ahead(hours=1)
    made = await client.post(AUDIENCE, call(schedule={"executeAt": at}))
    again = await client.post(AUDIENCE, call(schedule={"executeAt": at}))
    assert (made.status, made.json["scheduleStatus"], again.json) == (202, "Scheduled", made.json)
    assert made.json["audience"] == {"id": "everybody"}
    path = f"{SCHEDULES}/{made.json['scheduleId']}"
    assert (await client.call("GET", path)).json["campaignId"] == "welcome"
    for _ in range(2):
        deleted = await client.call("DELETE", path)
        assert (deleted.status, deleted.json) == (200, {})
    assert (await client.call("GET", path)).json["scheduleStatus"] == "Cancelled"


async def test_a_schedule_becomes_one_execution(client: Client, installation: Installation) -> None:
    await import_people(installation.database, [person("a"), person("b")])
    made = await client.post(
        AUDIENCE, call(context={"name": "you"}, schedule={"executeAt": ahead(seconds=2)})
    )
    path = f"{SCHEDULES}/{made.json['scheduleId']}"

    async def triggered() -> Json | None:
        shown = (await client.call("GET", path)).json
        details = shown.get("executionDetails", {})
        return dict(shown) if details.get("status") == "Succeeded" else None

    async with installation.engine("audience"), installation.engine("audience"):
        shown = await eventually(triggered)
    details = shown["executionDetails"]
    assert shown["scheduleStatus"] == "Triggered"
    assert details["executionId"] == execution_id("welcome", "r-1")
    assert (details["targetedProfileCount"], details["counts"]["delivered"]) == (2, 2)
    assert (await client.call("DELETE", path)).status == 409
    assert len(await installation.deliveries()) == 2


async def test_our_paths_keep_audiences_and_control_executions(client: Client) -> None:
    put = await client.call(
        "PUT",
        "/api/v1/audiences/swedes",
        b'{"title": "Swedes", "where": [{"attribute": "preferredLanguage", "startsWith": "sv"}]}',
        content_type="application/json",
    )
    wrong = await client.call(
        "PUT",
        "/api/v1/audiences/swedes",
        b'{"title": "Swedes", "where": [{"attribute": "a", "startWith": "sv"}]}',
        content_type="application/json",
    )
    assert (put.status, put.json["id"]) == (200, "swedes")
    assert (wrong.status, wrong.context) == (
        400,
        {
            "where[0].startWith": "is no key here; did you mean 'startsWith'?",
            "where[0]": wrong.context["where[0]"],
        },
    )
    listed = (await client.call("GET", "/api/v1/audiences?limit=1")).json
    assert [each["id"] for each in listed] == ["everybody"]
    assert (await client.call("GET", "/api/v1/audiences/swedes/count")).json["members"] == 0
    id_ = (await client.post(AUDIENCE, call())).json["executionId"]
    paused = await client.call("POST", f"{OURS}/{id_}/pause")
    assert (paused.status, paused.json["paused"], paused.json["status"]) == (200, True, "InProgress")
    assert (await client.call("POST", f"{OURS}/{id_}/cancel")).json["reason"] == "cancelled"
    resumed = await client.call("POST", f"{OURS}/{id_}/resume")
    assert (resumed.status, resumed.kind) == (409, "execution_ended-409")
    assert (await client.call("DELETE", "/api/v1/audiences/swedes")).status == 200
    assert (await client.call("GET", "/api/v1/audiences/swedes")).status == 404


async def test_a_limited_key_sees_only_its_campaigns(client: Client, installation: Installation) -> None:
    made = await client.post(AUDIENCE, call())
    at = ahead(hours=1)
    later = await client.post(AUDIENCE, call(requestId="r-2", schedule={"executeAt": at}))
    scopes, limits = [Scope.TRIGGER, Scope.READ, Scope.OPERATE], Limits(campaigns=["own"])
    key = await administration.create(installation.database, "limited", scopes, limits)
    headers = {"authorization": f"Bearer {key.secret}"}

    async def is_known() -> bool:
        return (await client.call("GET", OURS, **headers)).status == 200

    await eventually(is_known)
    assert (await client.call("GET", OURS, **headers)).json == []
    assert (await client.call("GET", "/api/v1/audience-schedules", **headers)).json == []
    id_, schedule = made.json["executionId"], later.json["scheduleId"]
    refused = [
        await client.call("GET", f"{AUDIENCE}/{id_}", **headers),
        await client.call("GET", f"{SCHEDULES}/{schedule}", **headers),
        await client.call("DELETE", f"{SCHEDULES}/{schedule}", **headers),
        await client.call("GET", f"{OURS}/{id_}", **headers),
        await client.call("POST", f"{OURS}/{id_}/cancel", **headers),
        await client.post(AUDIENCE, call(requestId="r-3"), **headers),
    ]
    assert [answer.status for answer in refused] == [404, 404, 404, 403, 403, 403]
    assert (await client.post(AUDIENCE, call(campaignId="own"), **headers)).status == 202

"""Feedback by HTTP: what channel services without Kafka report."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from consumer.keys import administration
from consumer.keys.key import Scope
from schemas.feedback import EVENT_BYTES_MAX
from tests.feedback import deliver, delivery, event, rows, suppressed, take_in
from tests.gateways import Answer, Client, gateway_of
from tests.installation import Installation, eventually

PATH = "/api/v1/feedback"


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[Client]:
    async with gateway_of(installation) as client:
        yield client


async def post(client: Client, body: Any, **headers: str) -> Answer:
    """As a client does that sends the same again while it is answered 503."""

    async def answered() -> Answer | None:
        answer = await client.post(PATH, orjson.dumps(body), **headers)
        return None if answer.status == 503 else answer

    accepted: Answer = await eventually(answered)
    return accepted


async def counted(installation: Installation) -> int:
    [(count,)] = await rows(installation, "SELECT count(*) FROM feedback_events")
    return int(count)


@pytest.mark.parametrize("as_object", [False, True])
async def test_a_batch_takes_effect_once_as_one_from_kafka(
    installation: Installation, client: Client, *, as_object: bool
) -> None:
    first, second = delivery(1), delivery(2)
    await deliver(installation, first, second)
    events = [
        event(first, "bounced", bounce="hard", code="5.1.1", detail=None),
        event({**second, "deliveryId": second["deliveryId"].upper()}, "complained"),
    ]
    body = {"events": events} if as_object else events

    answers = [await post(client, body) for _ in range(2)]
    await take_in(installation)

    assert [(answer.status, answer.json) for answer in answers] == [(202, {"accepted": 2})] * 2
    assert await suppressed(installation) == {("p1@example.com", "bounce"), ("p2@example.com", "complaint")}
    assert await counted(installation) == 2


async def test_one_invalid_event_refuses_the_whole_batch_with_each_path(
    installation: Installation, client: Client
) -> None:
    good = event(delivery(), "sent")
    large = {**good, "detail": "x" * EVENT_BYTES_MAX}

    answer = await post(client, [good, 7, large, {**good, "type": "shipped", "at": "noon"}])
    await take_in(installation)

    assert (answer.status, answer.kind) == (400, "invalid-400")
    assert set(answer.context) == {"events[1]", "events[2]", "events[3].type", "events[3].at"}
    assert answer.context["events[1]"] == "It is not a JSON object."
    assert await counted(installation) == 0


@pytest.mark.parametrize("body", [[], {}, {"events": {}}, None, [{}] * 1_001])
async def test_what_is_no_batch_within_the_bounds_is_refused(client: Client, body: Any) -> None:
    answer = await post(client, body)

    assert (answer.status, answer.kind) == (400, "invalid-400")
    assert answer.context == {"events": "It must be an array of 1 to 1,000 events."}


async def test_a_body_over_a_megabyte_is_refused(client: Client) -> None:
    answer = await post(client, [event(delivery(), "sent", detail="x" * 50_000)] * 21)

    assert answer.status == 413


async def test_the_largest_batch_is_accepted(installation: Installation, client: Client) -> None:
    of = delivery()
    await deliver(installation, of)

    answer = await post(client, [event(of, "opened", seconds) for seconds in range(1_000)])
    await take_in(installation)

    assert answer.json == {"accepted": 1_000}
    assert await counted(installation) == 1_000


async def test_feedback_needs_the_scope_of_suppressions(installation: Installation) -> None:
    keys = {
        scope: await administration.create(installation.database, scope, [scope])
        for scope in (Scope.TRIGGER, Scope.READ, Scope.OPERATE)
    }
    async with gateway_of(installation) as client:
        for scope, status in ((Scope.TRIGGER, 403), (Scope.READ, 403), (Scope.OPERATE, 202)):
            answer = await post(
                client, [event(delivery(), "sent")], authorization=f"Bearer {keys[scope].secret}"
            )
            assert answer.status == status

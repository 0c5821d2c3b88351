"""Clarion's own API: what every path of it has in common, executions and dead letters."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from consumer.keys import administration
from consumer.keys.key import Limits, Scope
from tests.builders import campaign, recipient, trigger
from tests.gateways import UNITARY, Answer, Client, gateway_of
from tests.installation import Installation, eventually
from tests.past import at, letter_headers
from tests.projecting import projector

API = "/api/v1"


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[Client]:
    async with gateway_of(installation) as client:
        yield client


def following(answer: Answer) -> str:
    found = re.fullmatch(r'<(.+)>; rel="next"', answer.headers["Link"])
    assert found
    return found[1]


async def pages(client: Client, path: str) -> list[Any]:
    """All rows, by the Link headers."""
    answer = await client.call("GET", path)
    rows: list[Any] = answer.json
    while "Link" in answer.headers:
        answer = await client.call("GET", following(answer))
        rows += answer.json
    return rows


async def test_parameters_that_there_are_not_or_that_cannot_be_read_are_named(client: Client) -> None:
    answer = await client.call("GET", f"{API}/executions?campaing=x&limit=0&since=noon&outcome=delivary")

    assert (answer.status, answer.kind) == (400, "invalid-400")
    assert answer.context["limit"] == "It is not a whole number from 1 to 500."
    assert "did you mean 'campaignId'" in answer.context["campaing"]
    assert "'noon' is not a time" in answer.context["since"]
    assert "Did you mean 'delivery'?" in answer.context["outcome"]


async def test_a_parameter_given_twice_or_not_in_utf_8_is_refused(client: Client) -> None:
    twice = await client.call("GET", f"{API}/executions?limit=1&limit=2")
    broken = await client.call("GET", f"{API}/executions?campaignId=%ff")
    control = await client.call("GET", f"{API}/executions?requestId=%00")

    assert (twice.status, twice.context) == (400, {"limit": "It is given more than once."})
    assert (broken.status, broken.kind) == (400, "malformed-400")
    assert (control.status, list(control.context)) == (400, ["requestId"])


async def test_paths_and_methods_that_there_are_not_have_the_body_of_every_refusal(client: Client) -> None:
    path = await client.call("GET", f"{API}/execution")
    method = await client.call("DELETE", f"{API}/executions")

    assert (path.status, path.kind) == (404, "not_found-404")
    assert (method.status, method.kind) == (405, "method_not_allowed-405")
    assert "GET" in method.headers["Allow"]


async def test_each_path_asks_for_its_scope(installation: Installation) -> None:
    keys = {
        scope: await administration.create(installation.database, scope, [scope])
        for scope in (Scope.TRIGGER, Scope.READ, Scope.ADMIN)
    }
    async with gateway_of(installation) as client:
        for scope, status in ((Scope.TRIGGER, 403), (Scope.READ, 200), (Scope.ADMIN, 200)):
            bearer = {"authorization": f"Bearer {keys[scope].secret}"}
            assert (await client.call("GET", f"{API}/executions", **bearer)).status == status
        assert (await client.call("GET", f"{API}/executions")).status == 401
        reader = {"authorization": f"Bearer {keys[Scope.READ].secret}"}
        revealed = await client.call("GET", f"{API}/dead-letters/0:0?reveal=true", **reader)
        assert revealed.status == 403


async def test_pages_of_other_sites_may_not_call(client: Client) -> None:
    answer = await client.call("GET", f"{API}/executions", sec_fetch_site="cross-site")

    assert answer.status == 403


async def test_a_call_is_followed_by_the_id_of_its_answer(client: Client, installation: Installation) -> None:
    await installation.activate(campaign())
    accepted = (await client.post(UNITARY, trigger(recipient(), recipient("nobody")))).json
    path = f"{API}/executions/{accepted['executionId']}"
    early = await client.call("GET", path)
    assert (early.status, early.kind) == (404, "not_found-404")
    assert "clarion project" in early.json["detail"]

    async with installation.engine(), projector(installation):
        await eventually(lambda: _is_there(client, path))
    shown = (await client.call("GET", path)).json

    assert shown["requestId"] == accepted["requestId"]
    [attempt] = shown["attempts"]
    assert [outcome["outcome"] for outcome in attempt["outcomes"]] == ["delivery", "rejection"]
    assert attempt["deadLetter"]["reason"] == "invalid_address"
    unknown = await client.call("GET", f"{API}/executions/{uuid4()}")
    assert (unknown.status, "projected" in unknown.json["detail"]) == (404, True)


async def test_a_call_is_explained_rule_by_rule_with_recipients_masked(
    client: Client, installation: Installation
) -> None:
    await installation.activate(campaign())
    accepted = (await client.post(UNITARY, trigger(recipient(), recipient("nobody")))).json
    path = f"{API}/executions/{accepted['executionId']}/explain"
    assert (await client.call("GET", path)).status == 404
    async with installation.engine(), projector(installation):
        await eventually(lambda: _is_there(client, path))

    answer = await client.call("GET", path)
    [attempt] = answer.json

    assert attempt["executionId"] == accepted["executionId"]
    delivered, rejected = attempt["explained"]
    assert {rule["verdict"] for rule in delivered["rules"]} == {"passed"}
    [failed] = [rule for rule in rejected["rules"] if rule["verdict"] == "failed"]
    assert (failed["rule"], failed["reason"]) == (11, "invalid_address")
    assert "nobody" not in answer.body.decode()
    revealed = (await client.call("GET", f"{path}?reveal=true")).json
    assert revealed[0]["explained"][1]["recipient"] == "email:nobody"
    limits = Limits(campaigns=["another"])
    other = await administration.create(installation.database, "other", [Scope.READ], limits)

    async def is_hidden() -> bool:
        return (await client.call("GET", path, authorization=f"Bearer {other.secret}")).status == 403

    await eventually(is_hidden)


async def _is_there(client: Client, path: str) -> bool:
    return (await client.call("GET", path)).status == 200


async def test_executions_and_dead_letters_come_in_pages_and_by_choice(
    client: Client, installation: Installation
) -> None:
    await installation.activate(campaign())
    for number in range(5):
        call = trigger(recipient("nobody" if number % 2 else "a@b.example"), requestId=f"r-{number}")
        await client.post(UNITARY, call)
    async with installation.engine(), projector(installation):
        await eventually(lambda: _has_rows(client, f"{API}/executions", 5))
        await eventually(lambda: _has_rows(client, f"{API}/dead-letters", 2))

    rows = await pages(client, f"{API}/executions?limit=2&campaignId=welcome")
    assert sorted(row["requestId"] for row in rows) == [f"r-{number}" for number in range(5)]
    rejected = (await client.call("GET", f"{API}/executions?outcome=rejection&since=1h")).json
    assert {row["requestId"] for row in rejected} == {"r-1", "r-3"}
    letters = await pages(client, f"{API}/dead-letters?limit=1&reason=invalid_address&campaign=welcome")
    assert {letter["requestId"] for letter in letters} == {"r-1", "r-3"}
    [group] = (await client.call("GET", f"{API}/dead-letters?by=reason")).json
    assert (group["reason"], group["count"]) == ("invalid_address", 2)
    assert (await client.call("GET", f"{API}/dead-letters?reason=expired")).json == []


async def _has_rows(client: Client, path: str, count: int) -> bool:
    return len((await client.call("GET", path)).json) == count


async def test_letters_that_are_held_are_listed_when_asked_for(
    client: Client, installation: Installation
) -> None:
    held = {"reason": "quiet_hours", "release_at": at(28_800)}
    for number, changes in ((10, {}), (20, held)):
        headers = letter_headers(number, **changes)
        await installation.producer.send_and_wait(installation.topics.dead_letters, b"{}", headers=headers)

    async def reasons(query: str) -> set[str]:
        answer = await client.call("GET", f"{API}/dead-letters?{query}")
        return {row["reason"] for row in answer.json}

    ordinary = await reasons("")
    assert "quiet_hours" not in ordinary
    assert len(ordinary) == 1
    assert await reasons("held=false") == ordinary
    assert await reasons("held=true") == await reasons("held=true&by=reason") == {*ordinary, "quiet_hours"}
    async with projector(installation):
        await eventually(lambda: _has_rows(client, f"{API}/dead-letters?held=true", 2))
        assert await reasons("") == ordinary


async def test_a_dead_letter_is_shown_masked_and_discarded_once(
    client: Client, installation: Installation
) -> None:
    await installation.activate(campaign())
    async with installation.engine():
        await client.post(UNITARY, trigger(recipient("nobody", context={"code": "otp-1"})))
        [letter] = await installation.dead_letters(1)
    path = f"{API}/dead-letters/{letter.partition}:{letter.offset}"
    masked = await client.call("GET", path)
    revealed = await client.call("GET", f"{path}?reveal=true")

    assert "otp-1" not in masked.body.decode()
    assert revealed.json["trigger"]["recipients"][0]["context"] == {"code": "otp-1"}
    assert "action" in masked.json["reasons"]["invalid_address"]
    unnoted = await client.post(f"{path}/discard", {"note": " "})
    assert (unnoted.status, list(unnoted.context)) == (400, ["note"])
    discarded = await client.post(f"{path}/discard", {"note": "a test"})
    assert (discarded.status, discarded.json["discarded"]) == (200, True)
    again = await client.post(f"{path}/discard", {"note": "a test"})
    assert (again.status, again.kind) == (409, "conflict-409")
    assert (await client.call("GET", f"{API}/dead-letters")).json == []
    [resolved] = (await client.call("GET", f"{API}/dead-letters?state=resolved")).json
    assert resolved["resolution"]["note"] == "a test"
    missing = await client.call("GET", f"{API}/dead-letters/0:999")
    assert (missing.status, missing.kind) == (404, "not_found-404")
    assert (await client.call("GET", f"{API}/dead-letters/x")).status == 400

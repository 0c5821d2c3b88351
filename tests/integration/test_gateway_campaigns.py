"""Campaigns by the API: read, written, moved; by labels; and nobody overwrites the draft of another."""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from consumer.audit.entries import list_entries
from consumer.keys import administration
from consumer.keys.key import Limits, Scope
from consumer.store.audit import AuditFilter
from tests.builders import EMAIL, campaign, trigger
from tests.gateways import UNITARY, Answer, Client, gateway_of
from tests.installation import Installation, eventually

CAMPAIGNS = "/api/v1/campaigns"


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[Client]:
    async with gateway_of(installation) as client:
        yield client


async def put(client: Client, id_: str, document: dict[str, Any], **headers: str) -> Answer:
    return await client.send("PUT", f"{CAMPAIGNS}/{id_}/draft", document, **headers)


async def move(client: Client, id_: str, name: str, **headers: str) -> Answer:
    return await client.call("POST", f"{CAMPAIGNS}/{id_}/{name}", **headers)


async def test_a_campaign_is_written_reviewed_activated_triggered_stopped_and_archived(
    client: Client,
) -> None:
    document = campaign()
    del document["id"]
    written = await put(client, "welcome", document)
    again = await put(client, "welcome", document)
    review = await move(client, "welcome", "review")
    activated = await move(client, "welcome", "activate")
    triggered = await client.post(UNITARY, trigger())
    moves = [await move(client, "welcome", name) for name in ("activate", "archive", "stop", "archive")]

    assert (written.status, written.headers["Location"]) == (201, f"{CAMPAIGNS}/welcome")
    assert again.status == 200
    assert review.json["canBeActivated"] is True
    assert (activated.status, activated.json["version"]) == (200, 1)
    assert triggered.status == 202
    assert [answer.status for answer in moves] == [200, 409, 200, 200]
    assert "stop it before" in moves[1].json["detail"]


async def test_who_was_slower_is_told_and_changes_nothing(client: Client) -> None:
    tag = (await put(client, "welcome", campaign(title="One"))).headers["ETag"]
    assert (await client.call("GET", f"{CAMPAIGNS}/welcome")).headers["ETag"] == tag
    faster = await put(client, "welcome", campaign(title="Two"), if_match=tag)
    slower = await put(client, "welcome", campaign(title="Three"), if_match=tag)
    activated = await move(client, "welcome", "activate", if_match=tag)

    assert faster.status == 200
    assert (slower.status, slower.kind) == (412, "overtaken-412")
    assert activated.status == 412
    shown = await client.call("GET", f"{CAMPAIGNS}/welcome")
    assert shown.json["definition"]["title"] == "Two"
    assert (await put(client, "welcome", campaign(), if_match="7")).status == 412
    assert (await put(client, "welcome", campaign(), if_none_match="*")).status == 412
    assert (await put(client, "welcome", campaign(title="Four"), if_match="1")).status == 200


async def test_mistakes_in_a_draft_are_named_by_their_paths(client: Client) -> None:
    content = {"en": {"subject": 7, "html": "x"}}
    answer = await put(
        client, "welcome", campaign(typ="x", channels={"email": {**EMAIL, "content": content}})
    )
    other = await put(client, "welcome", campaign(id="other"))
    array = await put(client, "welcome", [])  # type: ignore[arg-type] # what is to be refused
    text = await client.call("PUT", f"{CAMPAIGNS}/welcome/draft", b"{", content_type="text/plain")
    twice = await client.call(
        "PUT", f"{CAMPAIGNS}/welcome/draft", b'{"title":"a","title":"b"}', content_type="application/json"
    )

    assert (answer.status, answer.kind) == (400, "invalid-400")
    assert {"typ", "channels.email.content.en.subject"} <= set(answer.context)
    assert (other.status, list(other.context)) == (400, ["id"])
    assert (array.status, text.status) == (400, 415)
    assert (twice.status, twice.context) == (400, {"title": "is given twice"})


async def test_a_draft_is_taken_in_yaml_as_well(client: Client) -> None:
    text = """
title: Welcome   # as people write it
type: transactional
namespace: email
channels:
  email: {configuration: mail, content: {en: {subject: Hello, html: <p>Hello</p>}}}
"""
    path = f"{CAMPAIGNS}/welcome/draft"
    bomb = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [*{former}, *{former}, *{former}, *{former}, *{former}]\n"
        for former, name in pairwise("abcdefghi")
    )
    written = await client.call("PUT", path, text, content_type="application/yaml")
    broken = await client.call("PUT", path, "a: [", content_type="text/yaml")
    bombed = await client.call("PUT", path, bomb, content_type="application/yaml")

    assert written.status == 201, written.json
    assert (broken.status, list(broken.context)) == (400, ["line 1"])
    assert (bombed.status, "aliases" in str(bombed.context)) == (400, True)


async def test_review_errors_block_activation_and_come_with_their_places(client: Client) -> None:
    await put(client, "welcome", campaign(channels={"email": {**EMAIL, "configuration": "none"}}))
    review = await move(client, "welcome", "review")
    activated = await move(client, "welcome", "activate")

    assert review.json["canBeActivated"] is False
    assert (activated.status, activated.kind) == (409, "conflict-409")
    assert "channels.email.configuration" in activated.context


async def test_campaigns_are_listed_in_pages_and_by_status(client: Client) -> None:
    for number in range(3):
        await put(client, f"c-{number}", campaign(id=f"c-{number}"))
    await move(client, "c-1", "activate")
    first = await client.call("GET", f"{CAMPAIGNS}?limit=2")
    second = await client.call("GET", f"{CAMPAIGNS}?limit=2&after=c-1")

    assert [row["id"] for row in first.json] == ["c-0", "c-1"]
    assert first.headers["Link"] == f'<{CAMPAIGNS}?limit=2&after=c-1>; rel="next"'
    assert [row["id"] for row in second.json] == ["c-2"]
    live = (await client.call("GET", f"{CAMPAIGNS}?status=live")).json
    assert [(row["id"], row["version"]) for row in live] == [("c-1", 1)]


async def test_versions_samples_and_copies(client: Client) -> None:
    await put(client, "welcome", campaign())
    await move(client, "welcome", "activate")
    await put(client, "welcome", campaign(title="Two"))
    version = await client.call("GET", f"{CAMPAIGNS}/welcome/versions/2")
    missing = await client.call("GET", f"{CAMPAIGNS}/welcome/versions/3")
    sample = (await client.call("GET", f"{CAMPAIGNS}/welcome/sample")).json
    copied = await client.post(f"{CAMPAIGNS}/welcome/duplicate", {"id": "welcome-2"})
    default = await move(client, "welcome", "duplicate")
    taken = await move(client, "welcome", "duplicate")
    unknown = await client.call("GET", f"{CAMPAIGNS}/none")

    assert version.json["definition"]["title"] == "Two"
    assert (missing.status, missing.kind) == (404, "not_found-404")
    assert (await client.post(UNITARY, sample)).status == 202
    assert (copied.status, copied.json["id"], default.json["id"]) == (201, "welcome-2", "welcome-copy")
    assert taken.status == 409
    assert (unknown.status, unknown.kind) == (404, "unknown_campaign-404")


async def test_the_contract_the_history_and_the_differences(client: Client) -> None:
    await put(client, "welcome", campaign())
    await move(client, "welcome", "activate")
    await put(client, "welcome", campaign(title="Two"))
    path = f"{CAMPAIGNS}/welcome"
    schema = (await client.call("GET", f"{path}/schema")).json
    sample = (await client.call("GET", f"{path}/sample")).json
    history = (await client.call("GET", f"{path}/history")).json
    diff = (await client.call("GET", f"{path}/diff")).json
    wrong = await client.call("GET", f"{path}/diff?from=0")
    none = await client.call("GET", f"{path}/experiment")

    Draft202012Validator(schema).validate(sample)
    assert [event["what"] for event in history][-1] == "drafted"
    assert (diff["before"], diff["after"], "+title: Two" in diff["file"]) == (1, 2, True)
    assert (wrong.status, none.status) == (400, 404)


async def test_a_key_with_labels_sees_and_changes_only_its_campaigns(installation: Installation) -> None:
    for id_, labels in (("ours", ["emea"]), ("theirs", ["apac"]), ("open", [])):
        await installation.activate(campaign(id=id_, labels=labels))
    key = await administration.create(
        installation.database,
        "emea",
        [Scope.READ, Scope.AUTHOR, Scope.PUBLISH],
        Limits(labels=["emea"]),
    )
    bearer = {"authorization": f"Bearer {key.secret}"}
    async with gateway_of(installation) as client:
        rows: Sequence[Any] = (await client.call("GET", CAMPAIGNS, **bearer)).json
        assert [row["id"] for row in rows] == ["open", "ours"]
        assert (await client.call("GET", f"{CAMPAIGNS}/theirs", **bearer)).status == 403
        for name in ("review", "stop", "archive", "duplicate"):
            assert (await move(client, "theirs", name, **bearer)).status == 403, name
        relabelled = await put(client, "theirs", campaign(id="theirs", labels=["emea"]), **bearer)
        foreign = await put(client, "new", campaign(id="new", labels=["apac"]), **bearer)
        own = await put(client, "new", campaign(id="new", labels=["emea"]), **bearer)
        assert (relabelled.status, foreign.status, own.status) == (403, 403, 201)
        assert (await client.call("GET", "/api/v1/executions?campaignId=theirs", **bearer)).json == []


async def test_a_change_is_recorded_by_the_key_that_made_it(installation: Installation) -> None:
    key = await administration.create(installation.database, "desk", [Scope.AUTHOR, Scope.PUBLISH])
    bearer = {"authorization": f"Bearer {key.secret}"}
    async with gateway_of(installation) as client:

        async def is_known() -> bool:
            return (await put(client, "welcome", campaign(), **bearer)).status < 300

        await eventually(is_known)
        await move(client, "welcome", "activate", **bearer)

    entries = await list_entries(installation.database, AuditFilter(by="desk"), 10)
    assert [(entry.door, entry.actor, entry.what) for entry in entries] == [
        ("http", key.id, "campaign.activate"),
        ("http", key.id, "campaign.apply"),
    ]

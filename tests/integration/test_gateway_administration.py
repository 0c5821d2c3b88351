"""Administration by the API: profiles, suppressions, the allow list, channels, keys and the audit."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from tests.builders import campaign
from tests.commands import run
from tests.gateways import Client, gateway_of
from tests.installation import Installation, eventually

API = "/api/v1"


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[Client]:
    async with gateway_of(installation) as client:
        yield client


async def audited(client: Client, what: str) -> list[Any]:
    entries: list[Any] = (await client.call("GET", f"{API}/audit?what={what}")).json
    return entries


async def test_a_profile_is_shown_and_changed_as_an_import_would(
    client: Client, installation: Installation, tmp_path: Any
) -> None:
    file = tmp_path / "profiles.jsonl"
    line = {
        "identities": [{"namespace": "email", "id": "a/b@example.com"}],
        "attributes": {"person": {"name": {"firstName": "Alice"}}},
        "consents": {"marketing": {"email": {"val": "y"}}},
    }
    file.write_bytes(orjson.dumps(line))
    await run(installation, "profiles", "import", str(file))
    path = f"{API}/profiles/Email/a/b@example.com"
    change = {"attributes": {"person": {"city": "Oslo"}}, "consents": {"marketing": {"sms": {"val": "n"}}}}

    shown = await client.call("GET", path)
    changed = await client.send("PATCH", path, change)
    nobody = await client.send("PATCH", f"{API}/profiles/email/none", change)
    wrong = await client.send("PATCH", path, {"consents": {"marketing": {"fax": {"val": "y"}}}, "x": 1})

    assert shown.json["attributes"] == line["attributes"]
    assert changed.json["attributes"]["person"] == {"name": {"firstName": "Alice"}, "city": "Oslo"}
    assert set(changed.json["consents"]["marketing"]) == {"email", "sms"}
    assert (nobody.status, wrong.status) == (404, 400)
    assert set(wrong.context) == {"x", "consents.marketing.fax"}
    [entry] = await audited(client, "profile.change")
    assert entry["subject"] == changed.json["id"]
    assert entry["after"] == {"consents": {"marketing": {"sms": {"val": "n"}}}, "attributes": ["person"]}
    assert "Oslo" not in str(entry)


async def test_addresses_are_suppressed_listed_in_pages_and_freed(client: Client) -> None:
    path = f"{API}/suppressions"
    created = await client.post(
        path, {"channel": "email", "address": "Alice@Example.com", "reason": "bounce"}
    )
    again = await client.post(path, {"channel": "email", "address": "alice@example.com", "reason": "bounce"})
    for address in ("b@example.com", "@example.org"):
        await client.post(path, {"channel": "email", "address": address})
    first = await client.call("GET", f"{path}?limit=2")
    following = first.headers["Link"].partition(">")[0].removeprefix("<")
    second = await client.call("GET", following)
    freed = await client.call("DELETE", f"{path}/email/alice@example.com")
    gone = await client.call("DELETE", f"{path}/email/alice@example.com")
    unusable = await client.post(path, {"channel": "email", "address": "nobody"})

    assert (created.status, created.json["address"], again.status) == (201, "alice@example.com", 200)
    assert "example" not in following
    assert [row["address"] for row in first.json + second.json] == [
        "@example.org",
        "alice@example.com",
        "b@example.com",
    ]
    assert (freed.json["reasons"], gone.status) == (["bounce"], 404)
    assert (unusable.status, list(unusable.context)) == (400, ["address"])
    assert (await client.call("GET", f"{path}?after=x")).status == 400


async def test_a_long_push_token_can_be_freed_again(client: Client) -> None:
    token = "t" * 1_500
    created = await client.post(f"{API}/suppressions", {"channel": "push", "address": token})
    freed = await client.call("DELETE", f"{API}/suppressions/push/{created.json['address']}")

    assert (created.status, freed.status) == (201, 200)


async def test_the_allow_list_is_switched_and_edited(client: Client) -> None:
    path = f"{API}/allow-list"
    on = await client.send("PUT", path, {"isOn": True})
    added = await client.post(path, {"channel": "email", "address": "@acme.example"})
    listed = (await client.call("GET", path)).json
    removed = await client.call("DELETE", f"{path}/email/@acme.example")
    gone = await client.call("DELETE", f"{path}/email/@acme.example")

    assert (on.json, added.status) == ({"isOn": True, "entries": []}, 201)
    assert [entry["address"] for entry in listed["entries"]] == ["@acme.example"]
    assert (removed.status, gone.status) == (200, 404)
    assert (await client.send("PUT", path, {"isOn": "yes"})).status == 400


async def test_channel_configurations_are_listed_and_replaced(client: Client) -> None:
    changed = await client.send(
        "PUT", f"{API}/channels/mail", {"channel": "email", "from": "Other <o@a.example>"}
    )
    other = await client.send("PUT", f"{API}/channels/mail", {"channel": "sms", "from": "A"})
    wrong = await client.send("PUT", f"{API}/channels/mail", {"channel": "fax"})
    broken = await client.send("PUT", f"{API}/channels/mail", {"channel": "email", "from": "a\r\nBcc: b"})
    listed = (await client.call("GET", f"{API}/channels")).json

    assert changed.json["sender"] == {"from": "Other <o@a.example>"}
    assert (other.status, wrong.status, broken.status) == (409, 400, 400)
    assert list(wrong.context) == ["channel"]
    assert [row["name"] for row in listed] == ["app", "mail", "text"]


async def test_a_key_is_created_used_and_revoked_and_its_secret_is_shown_once(client: Client) -> None:
    created = await client.post(f"{API}/keys", {"name": "ops", "scopes": ["admin"]})
    secret = created.json["secret"]
    bearer = {"authorization": f"Bearer {secret}"}

    async def is_needed() -> bool:
        return (await client.call("GET", f"{API}/keys")).status == 401

    await eventually(is_needed)
    listed = await client.call("GET", f"{API}/keys", **bearer)
    wrong = await client.post(f"{API}/keys", {"name": "x", "scopes": ["admin"], "labels": ["a"]}, **bearer)
    other = (await client.post(f"{API}/keys", {"name": "b", "scopes": ["read"]}, **bearer)).json["id"]
    revoked = await client.call("DELETE", f"{API}/keys/{other}", **bearer)
    unknown = await client.call("DELETE", f"{API}/keys/none", **bearer)
    trail = await client.call("GET", f"{API}/audit?what=key", **bearer)

    assert created.status == 201
    assert (created.headers["Cache-Control"], [row["name"] for row in listed.json]) == ("no-store", ["ops"])
    assert (wrong.status, revoked.status, unknown.status) == (400, 200, 404)
    assert secret not in listed.body.decode() + trail.body.decode()
    newest = trail.json[0]
    assert (newest["what"], newest["by"]) == ("key.revoke", created.json["id"])


async def test_the_audit_comes_in_pages_for_those_with_the_scope(
    client: Client, installation: Installation
) -> None:
    for number in range(3):
        await installation.activate(campaign(id=f"c-{number}"))
    first = await client.call("GET", f"{API}/audit?limit=4&what=campaign&since=1h")
    second = await client.call("GET", first.headers["Link"].partition(">")[0].removeprefix("<"))

    assert (len(first.json), len(second.json)) == (4, 2)
    assert (await client.call("GET", f"{API}/audit?subject=c-1")).json[0]["what"] == "campaign.activate"

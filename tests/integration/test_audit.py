"""Every change is recorded: by whom, what it was before, and what it is now."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from consumer.audit.actor import Actor, acting_as
from consumer.campaigns import lifecycle
from consumer.campaigns.errors import LifecycleError
from schemas.campaign import CampaignFile
from tests.builders import EMAIL, campaign
from tests.commands import run
from tests.installation import Installation

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def _operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARION_OPERATOR", "ada")


async def audit(installation: Installation, *options: str) -> Sequence[Json]:
    listed = await run(installation, "audit", "list", "--json", *options)
    assert listed.code == 0, listed.err
    entries: Sequence[Json] = listed.json
    return entries


async def test_each_step_of_a_campaigns_life_is_recorded_with_its_operator(
    installation: Installation, tmp_path: Any
) -> None:
    file = tmp_path / "welcome.yaml"
    file.write_bytes(orjson.dumps(campaign(context={"brand": "Acme"})))
    await run(installation, "campaigns", "apply", str(file))
    file.write_bytes(orjson.dumps(campaign(title="Hello", context={"brand": "Other"})))
    for arguments in (
        ["apply", str(file)],
        ["apply", str(file)],
        ["activate", "welcome"],
        ["stop", "welcome"],
    ):
        assert (await run(installation, "campaigns", *arguments)).code == 0

    entries = await audit(installation)
    assert [entry["what"] for entry in reversed(entries)] == [
        "campaign.apply",
        "campaign.apply",
        "campaign.activate",
        "campaign.stop",
    ]
    assert {(entry["by"], entry["door"], entry["subject"]) for entry in entries} == {
        ("ada", "cli", "welcome")
    }
    changed = entries[2]
    assert (changed["before"], changed["after"]) == (
        {"definition": {"title": "Welcome"}},
        {"definition": {"title": "Hello"}},
    )
    assert "Acme" not in orjson.dumps(entries).decode()


async def test_lists_and_keys_and_channels_are_recorded_without_secrets(
    installation: Installation, tmp_path: Any
) -> None:
    created = (await run(installation, "keys", "create", "shop", "--scope", "read", "--json")).json
    channels = tmp_path / "channels.yaml"
    channels.write_text("mail: {channel: email, from: Other <o@acme.example>}")
    for arguments in (
        ["keys", "revoke", created["id"]],
        ["keys", "revoke", created["id"]],
        ["channels", "apply", str(channels)],
        ["suppressions", "add", "email", "Alice@example.com"],
        ["suppressions", "add", "email", "alice@example.com"],
        ["suppressions", "remove", "email", "alice@example.com"],
        ["allow-list", "on"],
        ["allow-list", "on"],
        ["allow-list", "add", "email", "@acme.example"],
        ["allow-list", "remove", "email", "@acme.example"],
    ):
        assert (await run(installation, *arguments)).code == 0, arguments

    entries = await audit(installation)
    assert [entry["what"] for entry in reversed(entries)] == [
        "key.create",
        "key.revoke",
        "channel.apply",
        "suppression.add",
        "suppression.remove",
        "allow_list.switch",
        "allow_list.add",
        "allow_list.remove",
    ]
    assert created["secret"] not in orjson.dumps(entries).decode()
    assert entries[4]["after"] == {"address": "alice@example.com", "reason": "unsubscribe"}


async def test_imports_are_counted_and_name_nobody(installation: Installation, tmp_path: Any) -> None:
    file = tmp_path / "profiles.jsonl"
    file.write_bytes(orjson.dumps({"identities": [{"namespace": "email", "id": "alice@example.com"}]}))
    for _ in range(2):
        assert (await run(installation, "profiles", "import", str(file))).code == 0

    [entry] = await audit(installation)
    assert (entry["what"], entry["after"]) == ("profile.import", {"created": 1, "changed": 0})


async def test_what_is_rolled_back_is_not_recorded(installation: Installation) -> None:
    broken = campaign(channels={"email": {**EMAIL, "configuration": "none"}})
    with pytest.raises(LifecycleError):
        await lifecycle.apply(installation.database, CampaignFile.model_validate(broken), activate=True)

    assert await audit(installation) == []


async def test_entries_are_chosen_and_come_in_pages(installation: Installation) -> None:
    for name in ("ada", "bob", "ada"):
        with acting_as(Actor("http", f"ck_{name}", name)):
            copy = campaign(id=f"c-{name}", title=f"{name} {len(await audit(installation))}")
            await lifecycle.apply(installation.database, CampaignFile.model_validate(copy))

    assert [e["by"] for e in await audit(installation, "--by", "ada")] == ["ck_ada", "ck_ada"]
    assert len(await audit(installation, "--by", "ck_bob", "--what", "campaign")) == 1
    assert await audit(installation, "--what", "camp") == []
    assert len(await audit(installation, "--subject", "c-ada", "--since", "1h")) == 2
    first = await run(installation, "audit", "list", "--json", "--limit", "2")
    assert "--after" in first.err
    rest = await audit(installation, "--after", str(first.json[-1]["id"]))
    assert [e["id"] for e in (*first.json, *rest)] == [e["id"] for e in await audit(installation)]

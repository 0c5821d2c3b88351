"""Dead letters replayed by the API: looked at first, then in the background, followed by the run's id."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from consumer.audit.entries import list_entries
from consumer.store.audit import AuditFilter
from tests.builders import campaign, recipient, trigger
from tests.commands import run
from tests.gateways import UNITARY, Client, gateway_of
from tests.installation import Installation, eventually

REPLAYS = "/api/v1/dead-letters/replays"
COUNT = 3


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[Client]:
    """With three letters on the topic, of a recipient whose address cannot be used."""
    await installation.activate(campaign())
    async with gateway_of(installation) as client:
        async with installation.engine():
            for number in range(COUNT):
                await client.post(UNITARY, trigger(recipient("nobody"), requestId=f"r-{number}"))
            await installation.dead_letters(COUNT)
        yield client


async def done(client: Client, run_id: str) -> Any:
    async def ended() -> Any:
        told = (await client.call("GET", f"{REPLAYS}/{run_id}")).json
        return told if told["status"] != "running" else None

    return await eventually(ended)


async def begun(client: Client, wanted: Any) -> str:
    """The id of the run, once it replays."""
    run_id = str((await client.post(REPLAYS, wanted)).json["runId"])

    async def has_begun() -> bool:
        return bool((await client.call("GET", f"{REPLAYS}/{run_id}")).json["found"])

    await eventually(has_begun)
    return run_id


async def test_without_execute_nothing_is_written(client: Client, installation: Installation) -> None:
    answer = await client.post(REPLAYS, {"reason": ["invalid_address"], "since": "1h"})

    assert (answer.status, answer.json["executed"], answer.json["toReplay"]) == (200, False, COUNT)
    assert answer.json["groups"][0]["campaignId"] == "welcome"
    assert await installation.read(installation.topics.resolutions) == []


async def test_a_replay_runs_in_the_background_and_is_followed(
    client: Client, installation: Installation
) -> None:
    wanted = {
        "requestId": ["r-0", "r-1"],
        "set": ["recipients[0].channelData.emailAddress=a@b.example"],
        "execute": True,
    }
    preview = await client.post(REPLAYS, {**wanted, "execute": False})
    started = await client.post(REPLAYS, wanted)
    run_id = started.json["runId"]
    told = await done(client, run_id)

    assert preview.json["changes"][0]["changes"][0]["after"] == {"emailAddress": "a@b.example"}
    assert (started.status, started.headers["Location"]) == (202, f"{REPLAYS}/{run_id}")
    assert (told["status"], told["found"], told["report"]["replayed"]) == ("done", 2, 2)
    assert len(await installation.read(installation.topics.triggers("unitary"))) == COUNT + 2
    again = await done(client, (await client.post(REPLAYS, wanted)).json["runId"])
    assert again["report"]["replayed"] == 0
    entries = await list_entries(installation.database, AuditFilter(what="dead_letter"), 10)
    assert {entry.subject for entry in entries} == {run_id, again["runId"]}
    assert [entry.after and entry.after["requestIds"] for entry in entries] == [["r-0", "r-1"]] * 2
    assert "a@b.example" not in str(entries)


async def test_a_replay_that_cannot_be_is_refused(client: Client) -> None:
    for body, named in (
        ({"reasons": []}, "reasons"),
        ({"reason": ["no"]}, "reason.0"),
        ({"at": ["x"]}, "at.0"),
        ({"rate": 0}, "rate"),
        ({"set": ["a=b"]}, "set"),
        ({"set": ["="], "at": ["0:0"]}, "set.0"),
        ({"since": "noon"}, "since"),
    ):
        answer = await client.post(REPLAYS, body)
        assert (answer.status, list(answer.context)) == (400, [named]), answer.json
    assert (await client.call("GET", f"{REPLAYS}/{uuid4()}")).status == 404


async def test_a_replay_that_another_takes_over_says_so(client: Client, installation: Installation) -> None:
    slow = await begun(client, {"execute": True, "rate": 0.05})
    fast = (await client.post(REPLAYS, {"execute": True})).json["runId"]
    told = await done(client, fast)
    taken_over = await done(client, slow)

    assert told["status"] == "done"
    assert (taken_over["status"], "taken over" in taken_over["problem"]) == ("failed", True)
    triggers = await installation.read(installation.topics.triggers("unitary"))
    assert len(triggers) == 2 * COUNT


async def test_a_gateway_that_stops_says_that_its_replay_is_interrupted(
    client: Client, installation: Installation
) -> None:
    async with gateway_of(installation) as other:
        run_id = await begun(other, {"execute": True, "rate": 0.05})

    told = (await client.call("GET", f"{REPLAYS}/{run_id}")).json
    assert told["status"] == "interrupted"


async def test_replays_and_discards_by_command_are_recorded(
    client: Client,  # noqa: ARG001 - the letters are there
    installation: Installation,
) -> None:
    [first, *_] = (await run(installation, "dead-letters", "list", "--json")).json
    discarded = await run(installation, "dead-letters", "discard", first["at"], "--note", "old")
    replayed = await run(installation, "dead-letters", "replay", "--execute", "--operator", "ada")

    assert (discarded.code, replayed.code) == (0, 0), replayed.err
    entries = await list_entries(installation.database, AuditFilter(what="dead_letter"), 10)
    assert [entry.what for entry in entries] == ["dead_letter.replay", "dead_letter.discard"]
    assert entries[0].actor == "ada"
    assert entries[1].after == {"at": [first["at"]], "note": "old"}

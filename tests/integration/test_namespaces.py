"""One person in any spelling of the namespace: profile, ids, keys, outcomes, replays and commands."""

import orjson

from schemas.channel import Channel
from schemas.ids import delivery_id, execution_id
from tests.builders import campaign, failure, recipient, replayed, trigger
from tests.commands import run
from tests.installation import Installation

ALICE, BOB = "Alice@example.com", "bob@example.com"


async def test_all_spellings_of_a_namespace_are_one_person(installation: Installation) -> None:
    await installation.activate(campaign(namespace="EMAIL"))
    async with installation.engine():
        calls = [trigger(recipient(ALICE, namespace=name)) for name in ("Email", "email", "eMAIL")]
        await installation.send(*calls)
        executions = await installation.executions(3)
    [created] = await installation.profiles_created()
    assert (created["namespace"], created["userId"]) == ("email", ALICE)
    assert {each["outcomes"][0]["recipient"] for each in executions} == {f"email:{ALICE}"}
    records = await installation.read(installation.topics.deliveries(Channel.EMAIL))
    assert {record.key for record in records} == {f"email:{ALICE}".encode()}
    deliveries = [orjson.loads(record.value or b"") for record in records]
    assert {each["recipient"]["profileId"] for each in deliveries} == {created["profileId"]}
    assert {each["deliveryId"] for each in deliveries} == {
        delivery_id(execution_id("welcome", call["requestId"]), "email", ALICE, Channel.EMAIL)
        for call in calls
    }
    shown = await run(installation, "profiles", "show", "EMail", ALICE, "--json")
    assert shown.json["id"] == created["profileId"]


async def test_the_same_request_in_another_spelling_is_a_duplicate(installation: Installation) -> None:
    await installation.activate(campaign())
    call = trigger(recipient(ALICE, namespace="Email"))
    async with installation.engine():
        await installation.send(call, call | {"recipients": [recipient(ALICE)]})
        executions = await installation.executions(2)
    assert [each["outcomes"][0].get("reason") for each in executions] == [None, "duplicate"]


async def test_a_replay_of_an_older_letter_sends_what_it_names_in_another_spelling(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    call = trigger(recipient(ALICE, namespace="Email"), recipient(BOB, namespace="Email"))
    origin = {"origin_topic": installation.topics.triggers("unitary")}
    async with installation.engine():
        await installation.send(call, headers=replayed([failure(f"Email:{BOB}")], **origin))
        [execution] = await installation.executions(1)
    assert [each["recipient"] for each in execution["outcomes"]] == [f"email:{BOB}"]
    assert [each["address"] for each in await installation.deliveries()] == [BOB]

"""The allow list on real servers: the command, both lanes, the emergency brake, replays."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from structlog.testing import capture_logs

from consumer.campaigns import allow_list
from consumer.campaigns.allow_list import AllowListFullError
from consumer.campaigns.registry import Registry
from consumer.kafka.fencing import FencedProducer
from schemas.channel import Channel
from tests.builders import Json, campaign, recipient, replayed, trigger
from tests.commands import run
from tests.installation import Installation, eventually

NEVER_POLLS: Json = {"registry_poll_seconds": 300}
"""What is in effect all the same came by notification."""
ALICE, BOB = "alice@example.com", "bob@acme.example"


async def outcome_of(installation: Installation, call: Json) -> str:
    """What became of the call's only recipient and channel, once it is known."""

    async def find() -> str | None:
        for execution in await installation.executions():
            if execution["requestId"] == call["requestId"]:
                [outcome] = execution["outcomes"]
                return str(outcome.get("reason", outcome["outcome"]))
        return None

    return str(await eventually(find))


async def sent(installation: Installation, address: str, lane: str = "unitary") -> str:
    kind = "external" if lane == "high-throughput" else "aep"
    call = trigger(recipient(address, type=kind), campaignId=lane)
    await installation.send(call, lane=lane)
    return await outcome_of(installation, call)


async def comes_true(installation: Installation, address: str, lane: str, wanted: str) -> None:
    """Send until it has the wanted outcome; from then on, it keeps it."""

    async def is_so() -> bool:
        return await sent(installation, address, lane) == wanted

    await eventually(is_so)
    assert await is_so()


@pytest.fixture
async def clarion(installation: Installation) -> AsyncIterator[Installation]:
    """Both lanes at work."""
    await installation.activate(campaign(id="unitary"))
    await installation.activate(campaign(id="high-throughput", lane="high-throughput", createProfiles=False))
    async with AsyncExitStack() as engines:
        for lane in ("unitary", "high-throughput"):
            await engines.enter_async_context(installation.engine(lane, **NEVER_POLLS))
        yield installation


async def test_the_switch_and_the_list_are_in_effect_in_both_lanes(clarion: Installation) -> None:
    for lane in ("unitary", "high-throughput"):
        assert await sent(clarion, ALICE, lane) == "delivery"
    assert (await run(clarion, "allow-list", "on")).code == 0
    for lane in ("unitary", "high-throughput"):
        await comes_true(clarion, ALICE, lane, "not_allowed")
    assert (await run(clarion, "allow-list", "add", "email", "Alice@Example.com")).code == 0
    assert (await run(clarion, "allow-list", "add", "email", "@acme.example")).code == 0
    for lane in ("unitary", "high-throughput"):
        await comes_true(clarion, ALICE, lane, "delivery")
        await comes_true(clarion, BOB, lane, "delivery")
        assert await sent(clarion, "eve@example.com", lane) == "not_allowed"
    assert (await run(clarion, "allow-list", "remove", "email", ALICE)).code == 0
    for lane in ("unitary", "high-throughput"):
        await comes_true(clarion, ALICE, lane, "not_allowed")
    assert (await run(clarion, "allow-list", "off")).code == 0
    for lane in ("unitary", "high-throughput"):
        await comes_true(clarion, ALICE, lane, "delivery")


async def test_a_batch_that_is_decided_but_not_committed_is_stopped(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch is used, and known to the consumer, while the transaction holds all but its commit."""
    original = FencedProducer.send_offsets_fenced
    held: list[int] = []

    async def hold(self: FencedProducer, *arguments: Any) -> None:
        await original(self, *arguments)
        if not held:
            held.append(await allow_list.switch(installation.database, on=True))
            await eventually(lambda: any(each["event"] == "allow list changed" for each in logs))

    monkeypatch.setattr(FencedProducer, "send_offsets_fenced", hold)
    await installation.activate(campaign(id="unitary"))
    with capture_logs() as logs:
        async with installation.engine(**NEVER_POLLS):
            assert await sent(installation, ALICE) == "not_allowed"
    assert held == [0]
    assert await installation.deliveries() == []
    async with installation.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM claims") == 0


@pytest.mark.parametrize("lane", ["unitary", "high-throughput"])
async def test_an_engine_that_starts_while_it_is_on_sends_nothing(
    installation: Installation, lane: str
) -> None:
    await installation.activate(campaign(id=lane, lane=lane, createProfiles=lane == "unitary"))
    await allow_list.switch(installation.database, on=True)
    kind = "external" if lane == "high-throughput" else "aep"
    calls = [trigger(recipient(f"{n}@example.com", type=kind), campaignId=lane) for n in range(20)]
    await installation.send(*calls, lane=lane)
    async with installation.engine(lane):
        executions = await installation.executions(20)
    assert {each["outcomes"][0]["reason"] for each in executions} == {"not_allowed"}
    assert await installation.deliveries() == []


async def test_a_replay_is_held_to_it(installation: Installation) -> None:
    await installation.activate(campaign(id="unitary"))
    await allow_list.switch(installation.database, on=True)
    call = trigger(recipient(ALICE), campaignId="unitary")
    headers = replayed(None, origin_topic=installation.topics.triggers("unitary"))
    async with installation.engine():
        await installation.send(call, headers=headers)
        assert await outcome_of(installation, call) == "not_allowed"


async def test_the_command_shows_the_switch_and_the_list(installation: Installation) -> None:
    shown = await run(installation, "allow-list", "list")
    assert shown.code == 0
    assert shown.out == "The allow list is off (0 entries): every address can be messaged.\n"
    on = await run(installation, "allow-list", "on")
    assert on.out == "The allow list is on and empty: nothing is sent.\n"
    await run(installation, "allow-list", "add", "email", "@Acme.example")
    again = await run(installation, "allow-list", "add", "email", "@acme.EXAMPLE")
    assert again.out == "email @acme.example is on the allow list already.\n"
    await run(installation, "allow-list", "add", "sms", "+46 70 123 45 67")
    await run(installation, "allow-list", "add", "push", "token-1")
    listed = await run(installation, "allow-list", "list", "--json")
    assert [(each["channel"], each["address"]) for each in listed.json] == [
        ("email", "@acme.example"),
        ("push", "token-1"),
        ("sms", "+46701234567"),
    ]
    assert listed.err == "The allow list is on (3 entries): everything else is excluded.\n"
    assert "@acme.example" in (await run(installation, "allow-list", "list")).out
    still = await run(installation, "allow-list", "remove", "email", "bob@acme.example")
    assert still.code == 1
    assert still.err == "email bob@acme.example is not on the allow list. Its domain @acme.example is.\n"
    removed = await run(installation, "allow-list", "remove", "sms", "0046701234567")
    assert (removed.code, removed.out) == (0, "sms +46701234567 is no longer on the allow list.\n")
    missing = await run(installation, "allow-list", "remove", "sms", "+46701234567")
    assert (missing.code, missing.err) == (1, "sms +46701234567 is not on the allow list.\n")
    assert (await run(installation, "allow-list", "add", "email", "nonsense")).code == 2
    off = await run(installation, "allow-list", "off")
    assert off.out == "The allow list is off (2 entries): every address can be messaged.\n"


async def test_the_list_is_bounded(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allow_list, "ENTRIES_MAX", 2)
    database = installation.database
    for key in ("a@b.c", "b@b.c", "b@b.c"):
        await allow_list.add(database, Channel.EMAIL, key)
    with pytest.raises(AllowListFullError):
        await allow_list.add(database, Channel.EMAIL, "c@b.c")
    assert len((await allow_list.show(database)).entries) == 2


async def test_opt_out_sends_marketing_to_whoever_has_not_refused(installation: Installation) -> None:
    await installation.activate(campaign(id="unitary", type="marketing"))
    async with installation.engine(consent_default="opt-in"):
        assert await sent(installation, ALICE) == "no_consent"
    async with installation.database.transaction() as connection:
        await connection.execute(
            """UPDATE profiles SET consents = '{"marketing": {"email": {"val": "n"}}}'"""
        )
    async with installation.engine(consent_default="opt-out"):
        assert await sent(installation, BOB) == "delivery"
        assert await sent(installation, ALICE) == "no_consent"


async def test_telephone_numbers_are_respelled_once_their_region_is_set(installation: Installation) -> None:
    database = installation.database
    for key in ("0701234567", "+46701234567", "0707654321", "72404"):
        await allow_list.add(database, Channel.SMS, key)
    await allow_list.add(database, Channel.EMAIL, ALICE)
    await allow_list.switch(database, on=True)
    registry = Registry(database)
    await registry.load()
    before = registry.allow_list
    assert "allow list" not in (await run(installation, "migrate")).out
    installation.settings = installation.settings.model_copy(update={"phone_region": "SE"})

    assert "2 entries of the allow list are spelled" in (await run(installation, "migrate")).out

    listed = {(entry.channel.value, entry.address) for entry in (await allow_list.show(database)).entries}
    assert listed == {
        *(("sms", number) for number in ("+46701234567", "+46707654321", "72404")),
        ("email", ALICE),
    }
    await registry.load()
    assert before is not registry.allow_list
    assert "allow list" not in (await run(installation, "migrate")).out

"""Addresses from the command to the delivery: entries hold back every spelling, details say what is wrong."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from consumer.campaigns import lifecycle
from schemas.campaign import CampaignFile
from schemas.channel import Channel
from tests.builders import EMAIL, PUSH, SMS, campaign, recipient, trigger
from tests.commands import run
from tests.installation import Installation, headers

Json = dict[str, Any]

LONG_TOKEN = "".join(f"{number:05}" for number in range(800))
ENTRIES = {
    "email": ["@example.com", "bob@exämple.org"],
    "sms": ["+46 (0)70 123 45 67", "08-123 456 78"],
    "push": [LONG_TOKEN],
}


@pytest.fixture
async def swedish(bootstrap_servers: str, database_url: str) -> AsyncIterator[Installation]:
    async with Installation.create(bootstrap_servers, database_url, phone_region="SE") as installation:
        await installation.activate(campaign(channels={"email": EMAIL, "sms": SMS, "push": PUSH}))
        yield installation


def given(email: str, number: str, token: str) -> Json:
    data = {"emailAddress": email, "mobilePhoneNumber": number, "pushInfo": {"token": token}}
    return trigger(recipient(channelData=data))


async def told(installation: Installation, *calls: Json) -> list[list[str]]:
    """What became of each call on each channel."""
    await installation.send(*calls)
    by_request = {each["requestId"]: each["outcomes"] for each in await installation.executions(len(calls))}
    return [
        [outcome.get("reason", outcome["outcome"]) for outcome in by_request[call["requestId"]]]
        for call in calls
    ]


async def test_an_entry_holds_back_every_spelling_of_its_address(swedish: Installation) -> None:
    for channel, addresses in ENTRIES.items():
        for address in addresses:
            assert (
                await run(swedish, "suppressions", "add", channel, address, "--reason", "bounce")
            ).code == 0
    listed = (await run(swedish, "suppressions", "list", "--json")).json
    assert {entry["address"] for entry in listed if entry["channel"] == "sms"} == {
        "+46701234567",
        "+46812345678",
    }
    calls = [
        given("anybody@Example.com", "0046701234567", LONG_TOKEN),
        given("bob@xn--exmple-cua.org", "070-123 45 67", LONG_TOKEN),
        given("bob@EXÄMPLE.org", "+46 8 12345678", LONG_TOKEN),
        given("bob@mail.example.com", "+46 70 123 45 68", LONG_TOKEN + "x"),
    ]
    async with swedish.engine():
        assert await told(swedish, *calls) == [["suppressed"] * 3] * 3 + [["delivery"] * 3]
    [sms] = await swedish.read(swedish.topics.deliveries(Channel.SMS))
    assert orjson.loads(sms.value or b"")["address"] == "+46 70 123 45 68"
    own = await run(swedish, "suppressions", "remove", "email", "carol@example.com")
    assert own.err == "email carol@example.com is not suppressed. Its domain @example.com is.\n"
    for channel, address in [("email", "@EXAMPLE.com"), ("sms", "+46-70-123 45 67"), ("push", LONG_TOKEN)]:
        done = await run(swedish, "suppressions", "remove", channel, address)
        assert (done.code, "no longer (bounce)" in done.out) == (0, True)


async def test_a_backtest_finds_the_same_entries(swedish: Installation) -> None:
    for channel, address in [("email", "@b.c"), ("sms", "+46701234567")]:
        await run(swedish, "suppressions", "add", channel, address, "--reason", "bounce")
    await swedish.send(given("a@b.c", "070-123 45 67", "T"))
    changed = campaign(title="Changed", channels={"email": EMAIL, "sms": SMS, "push": PUSH})
    await lifecycle.apply(swedish.database, CampaignFile.model_validate(changed))
    found = (await run(swedish, "campaigns", "backtest", "welcome", "--json")).json
    assert {(row["before"], row["after"]): row["count"] for row in found["changes"]} == {
        ("exclusion suppressed", "exclusion suppressed"): 2,
        ("delivery", "delivery"): 1,
    }


async def test_an_entry_of_an_older_clarion_holds_back_after_migrating(swedish: Installation) -> None:
    async with swedish.database.transaction() as connection:
        await connection.execute("INSERT INTO suppressions VALUES ('sms', '+460701234567', 'bounce')")
    migrated = await run(swedish, "migrate")
    assert "1 suppressions are spelled" in migrated.out
    async with swedish.engine():
        assert await told(swedish, given("a@b.c", "+46701234567", "T")) == [
            ["delivery", "suppressed", "delivery"]
        ]


async def test_what_is_wrong_with_an_address_is_told_without_it(swedish: Installation) -> None:
    call = given("\u202aalice@b.c\u202c", "12", "a\nb")
    async with swedish.engine():
        assert await told(swedish, call) == [["invalid_address"] * 3]
        [letter] = await swedish.dead_letters(1)
    failures = orjson.loads(headers(letter)["clarion.failures"])
    assert [failure["detail"] for failure in failures] == [
        "The email address holds U+202A, which is not allowed.",
        "The sms address has 2 digits; 3 to 20 are needed.",
        "The push address holds U+000A in its token, which is not allowed.",
    ]


@pytest.mark.parametrize(
    ("channel", "address", "sentence"),
    [
        ("email", "nonsense", "The email address has no @."),
        ("email", "@exa mple.com", "The email address holds U+0020, which is not allowed."),
        ("sms", "12", "The sms address has 2 digits; 3 to 20 are needed."),
    ],
)
async def test_a_command_says_what_is_wrong_with_an_address(
    swedish: Installation, channel: str, address: str, sentence: str
) -> None:
    for command in ("add", "remove"):
        done = await run(swedish, "suppressions", command, channel, address)
        assert (done.code, done.err.strip()) == (2, sentence)

"""Every reason is seen where it belongs: on the dead-letter topic, or in the execution record."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaProducer

from consumer.campaigns import lifecycle
from consumer.kafka.record import Record
from consumer.store.suppressions import SuppressionReason, add_suppression
from schemas.campaign import CampaignFile
from schemas.channel import Channel
from schemas.ids import delivery_id, execution_id
from schemas.reasons import Reason
from tests.builders import EMAIL, PUSH, SMS, Json, campaign, failure, recipient, replayed, trigger
from tests.installation import Installation, eventually, headers

NOW = datetime.now(UTC)
EXPIRED = trigger(campaignId="ageing")


def subject(template: str, html: str = "<p>Hello</p>") -> Json:
    return {"email": {**EMAIL, "content": {"en": {"subject": template, "html": html}}}}


CAMPAIGNS = [
    campaign(),
    campaign(id="early", start=NOW + timedelta(days=1)),
    campaign(id="late", start=NOW - timedelta(days=2), end=NOW - timedelta(days=1)),
    campaign(id="ageing", maxAge="1s"),
    campaign(id="fast", lane="high-throughput", createProfiles=False),
    campaign(id="closed", createProfiles=False),
    campaign(id="sale", type="marketing"),
    campaign(id="text", channels={"sms": SMS}),
    campaign(id="app", channels={"push": PUSH}),
    campaign(id="needy", channels=subject("{{ context.a }} {{ context.b.c }} {{ profile.d }}")),
    campaign(id="broken", channels=subject("{{ 1 / context.zero }}")),
    campaign(id="big", channels=subject("s", "{{ context.big }}" * 9)),
]


@asynccontextmanager
async def a_database(postgres_url: str, template: str) -> AsyncIterator[str]:
    server, name = await asyncpg.connect(postgres_url), f"test_{uuid4().hex}"
    await server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
    finally:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.close()


@pytest.fixture(scope="module")
async def clarion(
    bootstrap_servers: str, postgres_url: str, migrated_template: str
) -> AsyncIterator[Installation]:
    """One for all tests here, with campaigns of every kind and an engine on each lane."""
    async with (
        a_database(postgres_url, migrated_template) as url,
        Installation.create(bootstrap_servers, url) as installation,
    ):
        for each in CAMPAIGNS:
            await installation.activate(each)
        await with_campaigns_that_are_not_live(installation)
        await with_suppressions(installation)
        # What is to be found too old must wait for the engine.
        await send(installation, EXPIRED)
        sent = time()
        await eventually(lambda: time() > sent + 1.2)
        async with installation.engine(), installation.engine("high-throughput"):
            yield installation


async def with_campaigns_that_are_not_live(installation: Installation) -> None:
    for name in ("draft", "stopped", "archived"):
        file = CampaignFile.model_validate(campaign(id=name))
        await lifecycle.apply(installation.database, file, activate=name != "draft")
        if name != "draft":
            await lifecycle.stop(installation.database, name)
    await lifecycle.archive(installation.database, "archived")


async def with_suppressions(installation: Installation) -> None:
    for reason in SuppressionReason:
        async with installation.database.transaction() as connection:
            await add_suppression(connection, Channel.EMAIL, f"{reason}@b.c", reason)


async def send(installation: Installation, call: Json | bytes | None, key: str = "", **fields: Any) -> None:
    """Under the request's id as its key, by which its dead letter is found."""
    key = key or (call["requestId"] if isinstance(call, dict) else "")
    await installation.send(call, key=key.encode(), **fields)


async def letter(installation: Installation, key: str) -> Record:
    async def found() -> list[Record]:
        return [each for each in await installation.dead_letters() if each.key == key.encode()]

    letters: list[Record] = await eventually(found)
    return letters[0]


async def executions(installation: Installation, call: Json, count: int = 1) -> list[Json]:
    async def found() -> list[Json]:
        all_ = await installation.executions()
        own = [each for each in all_ if each["requestId"] == call["requestId"]]
        own.sort(key=lambda each: each["source"]["offset"])
        return own if len(own) >= count else []

    records: list[Json] = await eventually(found)
    return records


async def outcomes(installation: Installation, call: Json) -> list[tuple[str | None, str | None, str]]:
    """Recipient, channel, and `delivery` or the reason, of the call's last execution."""
    [*_, execution] = await executions(installation, call)
    return [
        (each.get("recipient"), each.get("channel"), each.get("reason", each["outcome"]))
        for each in execution["outcomes"]
    ]


# --- rules 1 and 2: not a trigger ------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, b"", b"{", b"\xef\xbb\xbf{}", b"\xff\xfe", b"[" * 65 + b"]" * 65])
async def test_what_is_not_json_is_malformed(clarion: Installation, value: bytes | None) -> None:
    key = str(uuid4())
    await send(clarion, value, key)
    record = await letter(clarion, key)
    assert headers(record)["clarion.reason"] == "malformed"
    assert record.value == value
    assert not {"clarion.request-id", "clarion.campaign-id", "clarion.failures"} & headers(record).keys()


def padded(call: Json, size: int) -> bytes:
    length = len(orjson.dumps(call | {"padding": ""}))
    return orjson.dumps(call | {"padding": "x" * (size - length)})


UNREADABLE: dict[Reason, Any] = {
    Reason.INVALID: lambda call: orjson.dumps(call | {"recipients": "x"}),
    Reason.TRIGGER_TOO_LARGE: lambda call: padded(call, 1_000_001),
    Reason.DUPLICATE_RECIPIENT: lambda call: orjson.dumps(call | {"recipients": [recipient()] * 2}),
    Reason.RESERVED_CONTEXT: lambda call: orjson.dumps(call | {"context": {"system": "x"}}),
    Reason.CONTEXT_TOO_LARGE: lambda call: orjson.dumps(call | {"context": {"a": "x" * 200_000}}),
}


@pytest.mark.parametrize("reason", UNREADABLE)
async def test_what_is_no_trigger_is_told_with_its_ids(clarion: Installation, reason: Reason) -> None:
    call = trigger()
    value = UNREADABLE[reason](call)
    await send(clarion, value, call["requestId"])
    record = await letter(clarion, call["requestId"])
    told = headers(record)
    assert (told["clarion.reason"], record.value) == (reason, value)
    assert (told["clarion.request-id"], told["clarion.campaign-id"]) == (call["requestId"], "welcome")
    assert await outcomes(clarion, call) == [(None, None, reason)]


async def test_a_trigger_of_exactly_1_000_000_bytes_is_executed(clarion: Installation) -> None:
    call = trigger()
    await send(clarion, padded(call, 1_000_000), call["requestId"])
    assert [what for _, _, what in await outcomes(clarion, call)] == ["delivery"]


# --- rules 3 to 7: the whole trigger -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("campaign_id", "reason", "word"),
    [
        ("nobody-knows", "unknown_campaign", "nobody-knows"),
        ("draft", "campaign_not_live", "draft"),
        ("stopped", "campaign_not_live", "stopped"),
        ("archived", "campaign_not_live", "archived"),
        ("early", "before_start", "starts"),
        ("late", "after_end", "ended"),
        ("fast", "wrong_lane", "high-throughput"),
    ],
)
async def test_a_trigger_that_its_campaign_does_not_take_is_dead_lettered_whole(
    clarion: Installation, campaign_id: str, reason: str, word: str
) -> None:
    call = trigger(campaignId=campaign_id)
    await send(clarion, call)
    told = headers(await letter(clarion, call["requestId"]))
    assert told["clarion.reason"] == reason
    assert word in told["clarion.detail"]
    assert "clarion.failures" not in told
    assert await outcomes(clarion, call) == [(None, None, reason)]


async def test_a_trigger_older_than_its_campaigns_max_age_is_expired(clarion: Installation) -> None:
    assert headers(await letter(clarion, EXPIRED["requestId"]))["clarion.reason"] == "expired"


@pytest.mark.parametrize("call", [trigger(), trigger(campaignId="fast"), trigger(campaignId="sale")])
async def test_the_high_throughput_lane_refuses_what_is_not_for_it(clarion: Installation, call: Json) -> None:
    """A unitary campaign, a recipient that is not external, a marketing campaign."""
    await send(clarion, call, lane="high-throughput")
    record = await letter(clarion, call["requestId"])
    assert headers(record)["clarion.reason"] == "wrong_lane"
    assert headers(record)["clarion.origin.topic"] == clarion.topics.triggers("high-throughput")


async def test_the_high_throughput_lane_delivers_without_profile_or_claim(clarion: Installation) -> None:
    call = trigger(recipient("fast@b.c", type="external"), campaignId="fast")
    await send(clarion, call, lane="high-throughput")
    await send(clarion, call, lane="high-throughput")
    await executions(clarion, call, 2)
    sent = [each for each in await clarion.deliveries() if each["requestId"] == call["requestId"]]
    assert len(sent) == 2
    assert sent[0]["deliveryId"] == sent[1]["deliveryId"]
    assert sent[0]["recipient"]["profileId"] is None
    assert "fast@b.c" not in {each["userId"] for each in await clarion.profiles_created()}


# --- rules 8 to 12: recipients and channels ----------------------------------------------------------------

NO_TOKEN = {"pushInfo": {"token": ""}}
PER_RECIPIENT: list[tuple[str, Json, str | None]] = [
    ("namespace_mismatch", trigger(recipient(namespace="crm")), None),
    ("unknown_profile", trigger(recipient("stranger@b.c"), campaignId="closed"), None),
    ("missing_address", trigger(campaignId="text"), "sms"),
    ("missing_address", trigger(campaignId="app"), "push"),
    ("invalid_address", trigger(recipient("no address")), "email"),
    ("invalid_address", trigger(recipient(channelData={"emailAddress": "a@b.c\r\nBcc: x@y.z"})), "email"),
    (
        "invalid_address",
        trigger(recipient(channelData={"pushInfo": {"token": ""}}), campaignId="app"),
        "push",
    ),
    ("missing_context", trigger(campaignId="needy"), "email"),
    ("render_failed", trigger(campaignId="broken", context={"zero": 0}), "email"),
    ("render_failed", trigger(context={"name": "a\r\nBcc: x@y.z"}), "email"),
    ("content_too_large", trigger(campaignId="big", context={"big": "x" * 150_000}), "email"),
]


@pytest.mark.parametrize(("reason", "call", "channel"), PER_RECIPIENT)
async def test_what_cannot_be_sent_to_a_recipient_is_dead_lettered_with_its_failures(
    clarion: Installation, reason: str, call: Json, channel: str | None
) -> None:
    await send(clarion, call)
    told = headers(await letter(clarion, call["requestId"]))
    [failed] = orjson.loads(told["clarion.failures"])
    assert told["clarion.reason"] == failed["reason"] == reason
    assert told["clarion.detail"] == failed["detail"]
    assert failed["channel"] == channel
    assert await outcomes(clarion, call) == [(failed["recipient"], channel, reason)]


async def test_every_missing_variable_is_named(clarion: Installation) -> None:
    call = trigger(campaignId="needy")
    await send(clarion, call)
    detail = headers(await letter(clarion, call["requestId"]))["clarion.detail"]
    assert all(name in detail for name in ("context.a", "context.b.c", "profile.d"))


@pytest.mark.parametrize(
    ("reason", "call"),
    [
        ("no_consent", trigger(campaignId="sale")),
        ("no_consent", trigger(recipient(type="external"), campaignId="sale")),
        ("suppressed", trigger(recipient("BOUNCE@B.C"))),
    ],
)
async def test_an_exclusion_is_told_in_the_execution_and_is_no_dead_letter(
    clarion: Installation, reason: str, call: Json
) -> None:
    await send(clarion, call)
    [(_, channel, what)] = await outcomes(clarion, call)
    assert (channel, what) == ("email", reason)
    assert call["requestId"].encode() not in {each.key for each in await clarion.dead_letters()}


@pytest.mark.parametrize("reason", SuppressionReason)
async def test_suppression_blocks_marketing_always_and_the_rest_after_a_bounce(
    clarion: Installation, reason: SuppressionReason
) -> None:
    address = f"{reason}@b.c"
    async with clarion.database.transaction() as connection:
        await connection.execute(
            "WITH p AS (INSERT INTO profiles (id, consents) VALUES ($1, $2) RETURNING id) "
            "INSERT INTO identities (namespace, value, profile_id) SELECT 'email', $3, id FROM p",
            uuid4(),
            {"marketing": {"email": {"val": "y"}}},
            f"opted-in-{address}",
        )
    who = recipient(f"opted-in-{address}", channelData={"emailAddress": address})
    sale, other = trigger(who, campaignId="sale"), trigger(who)
    await send(clarion, sale)
    await send(clarion, other)
    assert [what for _, _, what in await outcomes(clarion, sale)] == ["suppressed"]
    expected = "suppressed" if reason is SuppressionReason.BOUNCE else "delivery"
    assert [what for _, _, what in await outcomes(clarion, other)] == [expected]


async def test_a_channel_that_a_replay_no_longer_finds_is_told(clarion: Installation) -> None:
    call = trigger()
    await send(clarion, call, headers=replays(clarion, [failure(channel="sms")]))
    told = headers(await letter(clarion, call["requestId"]))
    assert told["clarion.reason"] == "channel_removed"


def replays(installation: Installation, only: list[Json] | None = None) -> list[tuple[str, bytes]]:
    return replayed(only, origin_topic=installation.topics.triggers("unitary"))


# --- rule 13 -----------------------------------------------------------------------------------------------


async def test_a_trigger_sent_again_is_a_duplicate(clarion: Installation) -> None:
    call = trigger()
    await send(clarion, call)
    assert [what for _, _, what in await outcomes(clarion, call)] == ["delivery"]
    await send(clarion, call)
    [_, second] = await executions(clarion, call, 2)
    assert [each["reason"] for each in second["outcomes"]] == ["duplicate"]


async def test_a_request_id_used_for_another_message_conflicts(clarion: Installation) -> None:
    call = trigger()
    await send(clarion, call)
    await executions(clarion, call)
    await send(clarion, call | {"context": {"name": "Bob"}})
    told = headers(await letter(clarion, call["requestId"]))
    assert told["clarion.reason"] == "request_conflict"
    sent = [each for each in await clarion.deliveries() if each["requestId"] == call["requestId"]]
    assert [each["content"]["subject"] for each in sent] == ["Hello Alice"]


# --- faults that must not stop a partition -----------------------------------------------------------------


async def test_data_that_the_database_refuses_is_an_internal_error_and_its_neighbours_go_through(
    clarion: Installation,
) -> None:
    before, refused, after = trigger(), trigger(), trigger()
    id_ = delivery_id(execution_id("welcome", refused["requestId"]), "email", "alice@example.com", "email")
    async with clarion.database.connection() as connection:
        await connection.execute(f"ALTER TABLE claims ADD CHECK (delivery_id <> '{id_}')")
    for call in (before, refused, after):
        await send(clarion, call)
    told = headers(await letter(clarion, refused["requestId"]))
    assert told["clarion.reason"] == "internal_error"
    assert [what for _, _, what in await outcomes(clarion, refused)] == ["internal_error"]
    for call in (before, after):
        assert [what for _, _, what in await outcomes(clarion, call)] == ["delivery"]


async def test_a_trigger_that_is_small_only_when_compressed_does_not_stop_its_partition(
    clarion: Installation,
) -> None:
    """The broker's limit is on the compressed batch: what the consumer unpacks fits no topic of ours."""
    huge, after = trigger(context={"name": "x" * 8_000_000}), trigger()
    async with AIOKafkaProducer(
        bootstrap_servers=clarion.settings.kafka_bootstrap_servers,
        compression_type="gzip",
        max_request_size=20_000_000,
    ) as producer:
        topic = clarion.topics.triggers("unitary")
        await producer.send_and_wait(topic, orjson.dumps(huge), key=b"huge", partition=0)
    await send(clarion, after)
    assert [what for _, _, what in await outcomes(clarion, after)] == ["delivery"]
    told = headers(await letter(clarion, "huge"))
    assert told["clarion.reason"] == "trigger_too_large"


async def test_forged_failures_without_number_do_not_stop_their_partition(clarion: Installation) -> None:
    forged = replays(clarion, [failure(f"{n}", None) for n in range(8_000)])
    call, after = trigger(campaignId="nobody-knows"), trigger()
    await send(clarion, call, headers=forged)
    await send(clarion, after)
    assert [what for _, _, what in await outcomes(clarion, after)] == ["delivery"]
    assert headers(await letter(clarion, call["requestId"]))["clarion.reason"] == "unknown_campaign"

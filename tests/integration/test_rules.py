"""What holds across records: partial failures, replays, claims, and campaigns that change meanwhile."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from confluent_kafka import Producer

from consumer.campaigns import lifecycle
from consumer.kafka.record import Record
from schemas.ids import delivery_id
from tests.builders import EMAIL, PUSH, SMS, Json, campaign, failure, recipient, replayed, trigger
from tests.installation import Installation, eventually, headers

ALICE, BOB, EVE = (f"{name}@example.com" for name in ("alice", "bob", "eve"))
NO_ADDRESS = {"channelData": {"emailAddress": "nonsense"}}
ADDRESSES = {"channelData": {"mobilePhoneNumber": "12345", "pushInfo": {"token": "t"}}}


@pytest.fixture
async def clarion(installation: Installation) -> AsyncIterator[Installation]:
    """With the campaign `welcome` live and an engine that runs."""
    await installation.activate(campaign())
    async with installation.engine():
        yield installation


async def delivered(clarion: Installation) -> list[tuple[str, str]]:
    """Recipient and channel of all deliveries."""
    return sorted((each["recipient"]["userId"], each["channel"]) for each in await clarion.deliveries())


def told(execution: Json) -> list[tuple[str | None, str | None, str]]:
    """Recipient, channel, and `delivery` or the reason."""
    return [
        (each.get("recipient"), each.get("channel"), each.get("reason", each["outcome"]))
        for each in execution["outcomes"]
    ]


def failures(letter: Record) -> list[tuple[str, str | None, str]]:
    listed = orjson.loads(headers(letter)["clarion.failures"])
    return [(each["recipient"], each["channel"], each["reason"]) for each in listed]


async def replay(clarion: Installation, letter: Record) -> None:
    """As `clarion dead-letters replay` does: everything as it is, to the topic of the origin."""
    await clarion.producer.send_and_wait(
        headers(letter)["clarion.origin.topic"],
        letter.value,
        key=letter.key,
        headers=list(letter.headers),
        partition=0,
    )


# --- partial failures ------------------------------------------------------------------------------------


async def test_a_partial_failure_is_one_dead_letter_and_others_are_delivered(
    clarion: Installation,
) -> None:
    call = trigger(recipient(ALICE), recipient(BOB, **NO_ADDRESS), recipient(EVE, namespace="crm"))
    await clarion.send(call)
    [letter] = await clarion.dead_letters(1)
    [execution] = await clarion.executions(1)
    assert await delivered(clarion) == [(ALICE, "email")]
    assert failures(letter) == [
        (f"email:{BOB}", "email", "invalid_address"),
        (f"crm:{EVE}", None, "namespace_mismatch"),
    ]
    assert headers(letter)["clarion.reason"] == "invalid_address"
    assert orjson.loads(letter.value or b"") == call
    assert told(execution) == [
        (f"email:{ALICE}", "email", "delivery"),
        (f"email:{BOB}", "email", "invalid_address"),
        (f"crm:{EVE}", None, "namespace_mismatch"),
    ]


async def test_a_replay_executes_only_what_failed_and_counts_the_attempt(installation: Installation) -> None:
    await installation.activate(campaign(channels={"email": EMAIL, "sms": SMS}))
    async with installation.engine():
        await installation.send(trigger(recipient(ALICE), recipient(BOB)))
        [letter] = await installation.dead_letters(1)
        await replay(installation, letter)
        [_, again] = await installation.dead_letters(2)
        [_, second] = await installation.executions(2)
    assert failures(letter) == [(f"email:{who}", "sms", "missing_address") for who in (ALICE, BOB)]
    assert failures(again) == failures(letter)
    assert [headers(each)["clarion.attempt"] for each in (letter, again)] == ["1", "2"]
    origin = ("topic", "partition", "offset", "timestamp")
    first = [headers(letter)[f"clarion.origin.{part}"] for part in origin]
    assert [headers(again)[f"clarion.origin.{part}"] for part in origin] == first
    assert first[:3] == [installation.topics.triggers("unitary"), "0", "0"]
    assert await delivered(installation) == [(ALICE, "email"), (BOB, "email")]
    assert (second["attempt"], second["source"]["offset"]) == (2, 1)
    assert told(second) == [(f"email:{who}", "sms", "missing_address") for who in (ALICE, BOB)]


async def test_those_who_got_their_message_never_get_it_again_however_late_the_replay(
    installation: Installation,
) -> None:
    """Also when the claims are long pruned, and another rule stops the recipient in between."""
    both = {"email": EMAIL, "sms": SMS}
    await installation.activate(campaign(channels=both))
    async with installation.engine():
        await installation.send(trigger(recipient(ALICE)))
        [first] = await installation.dead_letters(1)
    async with installation.database.connection() as connection:
        await connection.execute("DELETE FROM claims")
    await installation.activate(campaign(channels=both, namespace="crm"))
    async with installation.engine():
        await replay(installation, first)
        [_, second] = await installation.dead_letters(2)
    await installation.activate(campaign(channels=both))
    async with installation.engine():
        await replay(installation, second)
        executions = await installation.executions(3)
    assert [told(each) for each in executions] == [
        [(f"email:{ALICE}", "email", "delivery"), (f"email:{ALICE}", "sms", "missing_address")],
        [(f"email:{ALICE}", None, "namespace_mismatch")],
        [(f"email:{ALICE}", "sms", "missing_address")],
    ]
    assert await delivered(installation) == [(ALICE, "email")]


async def test_a_replay_after_the_start_simply_works(installation: Installation) -> None:
    await installation.activate(campaign(start="2999-01-01T00:00:00Z"))
    async with installation.engine():
        await installation.send(trigger(recipient(ALICE)))
        [letter] = await installation.dead_letters(1)
        assert headers(letter)["clarion.reason"] == "before_start"
        # The start is moved, and what would be rejected is looked up afresh.
        await installation.activate(campaign(start="2020-01-01T00:00:00Z"))
        await replay(installation, letter)
        [_, execution] = await installation.executions(2)
    assert told(execution) == [(f"email:{ALICE}", "email", "delivery")]
    assert execution["attempt"] == 2


# --- headers that are not a replay's -----------------------------------------------------------------------

BOBS = [failure(f"email:{BOB}")]
FORGED: dict[str, list[tuple[str, bytes]]] = {
    "incomplete": [("clarion.attempt", b"4"), ("clarion.reason", b"forged")],
    "no numbers": replayed(origin_offset="x"),
    "ill-formed failures": replayed(failures="{"),
    "another topic": replayed(BOBS, origin_topic="other.triggers"),
    "nobody's failures": replayed([failure("email:nobody@example.com")]),
}


@pytest.mark.parametrize("kind", FORGED)
async def test_forged_headers_are_ignored_and_dropped(clarion: Installation, kind: str) -> None:
    topic = clarion.topics.triggers("unitary")
    forged = [
        (name, topic.encode() if value == b"clarion.triggers" else value) for name, value in FORGED[kind]
    ]
    own = [("x-own", b"\xff\x00"), ("x-own", b"again"), ("traceparent", b"00-aa-bb-01")]
    call = trigger(recipient(ALICE), recipient(BOB, **NO_ADDRESS))
    await clarion.send(call, headers=[*forged, ("clarion.unknown", b"1"), *own])
    [letter] = await clarion.dead_letters(1)
    [execution] = await clarion.executions(1)
    assert execution["attempt"] == 1
    assert [what for _, _, what in told(execution)] == ["delivery", "invalid_address"]
    names = [name for name, _ in letter.headers]
    assert list(letter.headers)[:3] == own
    assert "clarion.unknown" not in names
    assert len(names[3:]) == len(set(names[3:]))
    told_headers = {name: value.decode() for name, value in letter.headers if name.startswith("clarion.")}
    assert told_headers["clarion.attempt"] == "1"
    assert told_headers["clarion.origin.topic"] == topic
    assert told_headers["clarion.reason"] == "invalid_address"


@pytest.mark.parametrize(("key", "value"), [(None, b"{"), (b"\xff\x00", None), (b"", b"")])
async def test_key_and_value_of_a_dead_letter_are_the_originals(
    clarion: Installation, key: bytes | None, value: bytes | None
) -> None:
    await clarion.send(value, key=key, headers=[("empty", None)])
    [letter] = await clarion.dead_letters(1)
    assert (letter.key, letter.value) == (key, value)
    assert dict(letter.headers)["empty"] is None
    assert await clarion.executions() == []


async def test_a_record_without_key_and_value_is_dead_lettered_as_it_is(clarion: Installation) -> None:
    # Our own client refuses to send one; others do not.
    producer = Producer({"bootstrap.servers": clarion.settings.kafka_bootstrap_servers})
    producer.produce(clarion.topics.triggers("unitary"))
    assert producer.flush(30) == 0
    [letter] = await clarion.dead_letters(1)
    assert (letter.key, letter.value) == (None, None)
    assert headers(letter)["clarion.reason"] == "malformed"


class NotUtf8(str):
    """A header's name as a client writes it whose strings are bytes."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe"


async def test_a_header_name_that_is_not_utf8_does_not_stop_the_consumer(clarion: Installation) -> None:
    broken, after = trigger(), trigger()
    async with AIOKafkaProducer(bootstrap_servers=clarion.settings.kafka_bootstrap_servers) as producer:
        batch = producer.create_batch()
        batch._builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 100_000)  # noqa: SLF001
        name = NotUtf8("x")
        batch.append(key=b"k", value=orjson.dumps(broken), timestamp=None, headers=[(name, b"")])
        await (await producer.send_batch(batch, clarion.topics.triggers("unitary"), partition=0))
    await clarion.send(after)

    async def is_executed() -> bool:
        return after["requestId"] in {each["requestId"] for each in await clarion.executions()}

    await eventually(is_executed, seconds=15)


# --- claims ------------------------------------------------------------------------------------------------


async def test_equal_triggers_are_delivered_once_in_one_batch_and_in_several(
    installation: Installation,
) -> None:
    call = trigger(recipient(ALICE))
    await installation.activate(campaign())
    # Three wait for the engine and come in one batch; the fourth comes later.
    await installation.send(call, call, call)
    async with installation.engine():
        await installation.executions(3)
        await installation.send(call)
        executions = await installation.executions(4)
    assert [told(each)[0][2] for each in executions] == ["delivery", *["duplicate"] * 3]
    assert await delivered(installation) == [(ALICE, "email")]
    assert await installation.dead_letters() == []
    assert len(await installation.profiles_created()) == 1


async def test_different_messages_under_one_request_id_conflict_in_one_batch_and_in_several(
    installation: Installation,
) -> None:
    call = trigger(recipient(ALICE), requestId="r-1")
    others = [
        call | {"context": {"name": "Bob"}},
        call | {"recipients": [recipient(ALICE, profile={"a": 1})]},
        call | {"recipients": [recipient(ALICE, channelData={"mobilePhoneNumber": "123"})]},
    ]
    await installation.activate(campaign())
    await installation.send(call, others[0])
    async with installation.engine():
        await installation.executions(2)
        await installation.send(*others[1:])
        letters = await installation.dead_letters(3)
    assert [headers(each)["clarion.reason"] for each in letters] == ["request_conflict"] * 3
    assert [orjson.loads(each.value or b"") for each in letters] == others
    assert await delivered(installation) == [(ALICE, "email")]


async def test_the_same_content_spelt_otherwise_is_a_duplicate(clarion: Installation) -> None:
    call = trigger(recipient(ALICE, context={"a": {"b": 1, "c": None}}), context={"name": "Alice", "z": None})
    spelt = {
        "recipients": [{"userId": ALICE, "context": {"a": {"b": 1}, "name": "Alice"}, "namespace": "email"}],
        "campaignId": call["campaignId"],
        "requestId": call["requestId"],
        "later": True,
    }
    await clarion.send(call, orjson.dumps(spelt, option=orjson.OPT_INDENT_2))
    executions = await clarion.executions(2)
    assert [told(each)[0][2] for each in executions] == ["delivery", "duplicate"]


async def test_a_rejected_trigger_may_simply_be_sent_again(clarion: Installation) -> None:
    call = trigger(recipient(ALICE), campaignId="later")
    await clarion.send(call)
    await clarion.dead_letters(1)
    await clarion.activate(campaign(id="later"))
    await clarion.send(call)
    [_, execution] = await clarion.executions(2)
    assert told(execution) == [(f"email:{ALICE}", "email", "delivery")]


# --- profiles ----------------------------------------------------------------------------------------------


async def test_a_profile_is_created_once_however_often_the_person_is_named(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    for partition in range(3):
        await installation.send(trigger(recipient(ALICE)), trigger(recipient(ALICE)), partition=partition)
    async with installation.engine():
        await installation.executions(6)
        await installation.send(trigger(recipient(ALICE)))
        await installation.executions(7)
    [created] = await installation.profiles_created()
    assert {each["recipient"]["profileId"] for each in await installation.deliveries()} == {
        created["profileId"]
    }
    async with installation.database.connection() as connection:
        row = await connection.fetchrow("SELECT id::text, attributes, dataset FROM profiles")
    assert dict(row or {}) == {
        "id": created["profileId"],
        "attributes": {},
        "dataset": "interactive-messaging",
    }


async def test_a_profile_is_created_even_if_nothing_can_be_sent(clarion: Installation) -> None:
    await clarion.send(trigger(recipient(BOB, **NO_ADDRESS)))
    await clarion.executions(1)
    assert [each["userId"] for each in await clarion.profiles_created()] == [BOB]


async def test_an_external_recipient_leaves_no_trace(clarion: Installation) -> None:
    await clarion.send(trigger(recipient(ALICE, type="external", profile={"a": "b"})))
    await clarion.executions(1)
    [delivery] = await clarion.deliveries()
    assert delivery["recipient"]["profileId"] is None
    assert await clarion.profiles_created() == []


# --- campaigns that change ----------------------------------------------------------------------


async def test_activating_and_sending_at_once_never_finds_an_unknown_campaign(clarion: Installation) -> None:
    for number in range(20):
        await clarion.activate(campaign(id=f"new-{number}"))
        await clarion.send(trigger(campaignId=f"new-{number}"))
    executions = await clarion.executions(20)
    assert {what for each in executions for _, _, what in told(each)} == {"delivery"}


async def test_moving_the_end_and_sending_at_once_never_finds_the_old_end(clarion: Installation) -> None:
    for number in range(5):
        await clarion.activate(campaign(id=f"c-{number}", end="2001-01-01T00:00:00Z"))
        await clarion.activate(campaign(id=f"c-{number}", end="2999-01-01T00:00:00Z"))
        await clarion.send(trigger(campaignId=f"c-{number}"))
    executions = await clarion.executions(5)
    assert {what for each in executions for _, _, what in told(each)} == {"delivery"}


async def test_a_stop_takes_effect_in_a_running_consumer_within_a_second(clarion: Installation) -> None:
    await clarion.send(trigger())
    await clarion.executions(1)
    await lifecycle.stop(clarion.database, "welcome")
    sent = 1

    async def is_stopped() -> bool:
        nonlocal sent
        sent += 1
        await clarion.send(trigger())
        last = max(await clarion.executions(sent), key=lambda each: each["source"]["offset"])
        return told(last) == [(None, None, "campaign_not_live")]

    await eventually(is_stopped, seconds=1.0)


async def test_a_delivery_names_the_version_that_made_it(clarion: Installation) -> None:
    await clarion.send(trigger())
    await clarion.executions(1)
    version = await clarion.activate(campaign(title="Another"))
    sent = 1

    async def made_by_the_new_version() -> bool:
        nonlocal sent
        sent += 1
        await clarion.send(trigger())
        return any(each["campaignVersion"] == version for each in await clarion.executions(sent))

    await eventually(made_by_the_new_version, seconds=5)
    assert sorted({each["campaignVersion"] for each in await clarion.deliveries()}) == [1, version]


async def test_every_channel_of_a_campaign_gets_its_message(clarion: Installation) -> None:
    await clarion.activate(campaign(id="all", channels={"email": EMAIL, "sms": SMS, "push": PUSH}))
    await clarion.send(trigger(recipient(ALICE, **ADDRESSES), campaignId="all"))
    [execution] = await clarion.executions(1)
    by_channel: dict[str, Any] = {each["channel"]: each for each in await clarion.deliveries()}
    assert [channel for _, channel, _ in told(execution)] == ["email", "sms", "push"] == list(by_channel)
    for channel, delivery in by_channel.items():
        assert delivery["deliveryId"] == delivery_id(execution["executionId"], "email", ALICE, channel)
    assert by_channel["push"]["address"] == {"token": "t", "platform": None, "appId": None}

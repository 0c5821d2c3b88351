"""Everything on the topics is as the exported schemas say, and lies where any client would look for it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka import Message, Producer
from jsonschema import Draft202012Validator

from consumer.kafka.record import Record
from schemas.channel import Channel
from tests.builders import EMAIL, PUSH, SMS, Json, campaign, recipient, trigger
from tests.installation import Installation, headers

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PEOPLE = 12


def violations(name: str, document: object) -> list[str]:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def triggers() -> Iterator[Json | bytes | None]:
    """Of every fate: delivered on all channels, in part, rejected, excluded, unreadable."""
    for n in range(PEOPLE):
        data = {"mobilePhoneNumber": f"+46 70 {n:07}", "pushInfo": {"token": f"t{n}", "platform": "fcm"}}
        yield trigger(recipient(f"p{n}@example.com", channelData=data), campaignId="all")
    yield trigger(recipient("text@example.com"), campaignId="all")
    yield trigger(recipient("a@b.c"), recipient("no address"), recipient("x", namespace="crm"))
    yield trigger(campaignId="sale")
    yield trigger(campaignId="nobody-knows")
    yield trigger(recipients=[])
    yield trigger(recipient("out@b.c", type="external"))
    yield b"{"
    yield None


@pytest.fixture
async def executed(installation: Installation) -> Installation:
    """With all those triggers sent, each with a trace, and executed."""
    await installation.activate(campaign())
    await installation.activate(campaign(id="sale", type="marketing"))
    channels = {"email": EMAIL, "sms": SMS, "push": PUSH}
    await installation.activate(campaign(id="all", channels=channels))
    for call in triggers():
        await installation.send(call, headers=[("traceparent", TRACE), ("x", b"1")])
    async with installation.engine():
        await installation.executions(PEOPLE + 6)
        await installation.dead_letters(6)
    return installation


async def test_what_clarion_makes_is_as_the_exported_schemas_say(executed: Installation) -> None:
    expected = {executed.topics.deliveries(channel): f"delivery.{channel}/1" for channel in Channel} | {
        executed.topics.executions: "execution/1",
        executed.topics.profiles_created: "profile.created/1",
    }
    for topic, name in expected.items():
        records = await executed.read(topic)
        assert len(records) >= PEOPLE
        for record in records:
            assert violations(name, orjson.loads(record.value or b"")) == []
            assert headers(record) == {
                "content-type": "application/json",
                "clarion.schema": name,
                "traceparent": TRACE.decode(),
            }


async def test_dead_letters_headers_are_as_the_exported_schemas_say(executed: Installation) -> None:
    letters = await executed.dead_letters(6)
    reasons = sorted(headers(letter)["clarion.reason"] for letter in letters)
    assert reasons == sorted(
        ["invalid", "invalid_address", "malformed", "malformed", "missing_address", "unknown_campaign"]
    )
    for letter in letters:
        told = headers(letter)
        assert violations("dead-letter.headers/1", told) == []
        if "clarion.failures" in told:
            assert violations("dead-letter.failures/1", json.loads(told["clarion.failures"])) == []
        assert (told["traceparent"], told["x"], letter.key) == (TRACE.decode(), "1", b"key")
        assert not {"clarion.schema", "content-type"} & told.keys()


async def test_one_decision_has_one_time(executed: Installation) -> None:
    made = {each["executionId"]: each["createdAt"] for each in await executed.deliveries()}
    times = {each["executionId"]: each["executedAt"] for each in await executed.executions()}
    assert made.items() <= times.items()


async def test_triggers_as_sent_are_as_the_exported_schema_says(executed: Installation) -> None:
    sent = await executed.read(executed.topics.triggers("unitary"))
    readable = [json.loads(record.value) for record in sent if record.value and record.value != b"{"]
    told = {each["requestId"]: violations("trigger/1", each) for each in readable}
    assert [bool(found) for found in told.values()].count(True) == 1  # the one without recipients


async def test_records_are_keyed_and_lie_where_any_other_client_would_put_them(
    executed: Installation,
) -> None:
    """Kafka's murmur2, here as librdkafka has it."""
    places: dict[tuple[str, bytes], int] = {}
    for topic in executed.topics.written_by_the_consumer():
        for record in await executed.read(topic):
            assert record.key is not None
            assert key_of(record, executed) in {None, record.key}
            # Records with one key share a partition, so they keep their order.
            assert places.setdefault((topic, record.key), record.partition) == record.partition
    assert len({partition for (topic, _), partition in places.items() if "deliveries" in topic}) == 3
    assert places == as_librdkafka_places(executed, list(places))


def key_of(record: Record, installation: Installation) -> bytes | None:
    value: Any = (
        orjson.loads(record.value or b"null") if record.topic != installation.topics.dead_letters else {}
    )
    if "recipient" in value:
        return f"{value['recipient']['namespace']}:{value['recipient']['userId']}".encode()
    if "dataset" in value:
        return f"{value['namespace']}:{value['userId']}".encode()
    return value["executionId"].encode() if "executionId" in value else None


def as_librdkafka_places(
    installation: Installation, keys: list[tuple[str, bytes]]
) -> dict[tuple[str, bytes], int]:
    places: dict[tuple[str, bytes], int] = {}
    servers = installation.settings.kafka_bootstrap_servers
    producer = Producer({"bootstrap.servers": servers, "partitioner": "murmur2_random"})

    def note(_: object, message: Message) -> None:
        topic, key, partition = message.topic(), message.key(), message.partition()
        assert topic is not None
        assert key is not None
        assert partition is not None
        places[topic, key] = partition

    for topic, key in keys:
        producer.produce(topic, b"", key, on_delivery=note)
    assert producer.flush(30) == 0
    return places

"""Every codec is read and written, whoever the producer is."""

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path
from random import Random

import orjson
import pytest
from confluent_kafka import Producer

from consumer.kafka.cluster import Cluster
from consumer.replay.discard import discard
from schemas.channel import Channel
from schemas.place import LetterPlace
from tests import producers
from tests.batches import CODECS, codecs_on
from tests.builders import EMAIL, campaign, trigger
from tests.commands import run
from tests.hostile import VALUE_BYTES_MAX, padded
from tests.installation import Installation, headers
from tests.letters import FAILED_AT, letter_headers
from tests.projecting import assert_projected, project
from tests.replays import RUN, replay

LONG = {**EMAIL, "content": {"en": {"subject": "Hello", "html": "<p>Hello {{ context.name }}</p>" * 100}}}


@pytest.mark.parametrize("codec", CODECS)
async def test_what_clarion_writes_is_compressed_as_set(
    installation: Installation, codec: str, tmp_path: Path
) -> None:
    """Small records are compressed only where that makes them smaller, so these are large."""
    installation.settings = installation.settings.model_copy(update={"compression": codec})
    await installation.activate(campaign(channels={"email": LONG}))
    call, lost = trigger(context={"name": "a" * 1_000}), trigger(campaignId="none", padding="a" * 1_000)
    file = tmp_path / "triggers.json"
    file.write_bytes(orjson.dumps([call, *[lost | {"requestId": f"lost-{n}"} for n in range(20)]]))
    assert (await run(installation, "send", str(file))).code == 0
    async with installation.engine():
        await installation.dead_letters(20)
        await installation.executions(21)
    assert await codecs_on(installation, installation.topics.triggers("unitary")) == {codec}

    places = [LetterPlace(letter.partition, letter.offset) for letter in await installation.dead_letters(20)]
    await discard(Cluster.of(installation.settings), places[:10], RUN, "a" * 1_000)
    assert (await replay(installation)).replayed == 10

    topics = installation.topics
    for topic in (
        topics.deliveries(Channel.EMAIL),
        topics.executions,
        topics.dead_letters,
        topics.resolutions,
        topics.triggers("unitary"),
    ):
        assert await codecs_on(installation, topic) == {codec}, topic


@pytest.mark.parametrize(
    "command",
    [("run",), ("project",), ("send", "-"), ("topics", "create"), ("dead-letters", "list")],
    ids=lambda command: command[0],
)
async def test_a_start_without_the_codecs_is_refused(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "cramjam.py").write_text("raise ImportError")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *command),
        env={
            **os.environ,
            "PYTHONPATH": str(tmp_path),
            "CLARION_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            "CLARION_DATABASE_URL": "postgresql://127.0.0.1:1/none",
            "CLARION_HTTP_PORT": "0",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert err.decode().splitlines()[-1] == (
        "Records compressed with snappy, lz4, zstd cannot be read: the package cramjam is not installed; "
        "install it with `pip install cramjam`."
    )


@pytest.mark.parametrize("producer", ["librdkafka", "java", "kafkajs"])
async def test_what_each_producer_sends_with_each_codec_is_executed_once(
    installation: Installation, producer: str, request: pytest.FixtureRequest
) -> None:
    more = {"modules": request.getfixturevalue("node_modules")} if producer == "kafkajs" else {}
    topic = installation.topics.triggers("unitary")
    await installation.activate(campaign())
    sent: list[str] = []
    for codec in CODECS:
        calls = [trigger(padding="a" * 500) for _ in range(40)]
        values = [orjson.dumps(call) for call in calls]
        servers = installation.settings.kafka_bootstrap_servers
        await getattr(producers, producer)(servers, topic, codec, values, **more)
        sent += [call["requestId"] for call in calls]
    assert await codecs_on(installation, topic) == set(CODECS)
    async with installation.engine():
        executed = await installation.executions(len(sent))
    assert Counter(each["requestId"] for each in executed) == Counter(sent)
    assert len(await installation.deliveries()) == len(sent)
    assert await installation.dead_letters() == []


@pytest.mark.parametrize("codec", CODECS)
async def test_letters_and_resolutions_are_read_whatever_compressed_them(
    installation: Installation, codec: str
) -> None:
    """By the replay and by the projector."""
    producer = Producer(
        {"bootstrap.servers": installation.settings.kafka_bootstrap_servers, "compression.type": codec}
    )
    letters, resolutions = installation.topics.dead_letters, installation.topics.resolutions
    for number in range(10):
        told = letter_headers(request_id=f"r-{number}", origin_topic=installation.topics.triggers("unitary"))
        value = b'{"padding":"%s"}' % (b"a" * 500)
        producer.produce(letters, value, b"key", partition=0, headers=dict[str, str | bytes | None](told))
    for number in range(3):
        resolution = {"failedAt": FAILED_AT, "action": "discard", "runId": "r", "operator": "dana"}
        value = orjson.dumps({**resolution, "at": FAILED_AT, "note": "a" * 500})
        producer.produce(resolutions, value, f"0:{number}".encode(), partition=0)
    assert await asyncio.to_thread(producer.flush, 60) == 0
    assert await codecs_on(installation, letters) == await codecs_on(installation, resolutions) == {codec}
    await project(installation)
    await assert_projected(installation)
    assert (await replay(installation, force=True)).replayed == 7


@pytest.mark.parametrize("codec", CODECS)
async def test_the_largest_trigger_fits_as_a_dead_letter_and_as_a_replay(
    installation: Installation, codec: str
) -> None:
    """What no codec makes smaller: topics limit what is compressed, and the client what is not."""
    installation.settings = installation.settings.model_copy(update={"compression": codec})
    largest = padded(trigger(campaignId="nobody-knows"), VALUE_BYTES_MAX, Random(1))  # noqa: S311 - no secret
    async with installation.engine():
        await installation.send(largest, headers=[("own", b"x" * 10_000)])
        await installation.dead_letters(1)
        assert (await replay(installation)).replayed == 1
        first, second = await installation.dead_letters(2)
    assert [headers(letter)["clarion.attempt"] for letter in (first, second)] == ["1", "2"]
    assert first.value == second.value == largest

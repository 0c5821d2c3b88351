"""Every codec is read and written, whoever the producer is."""

import asyncio
import os
import sys
from pathlib import Path

import orjson
import pytest

from consumer.dead_letters.letter import Coordinates
from consumer.kafka.cluster import Cluster
from consumer.replay.discard import discard
from schemas.channel import Channel
from tests.batches import CODECS, codecs_on
from tests.builders import EMAIL, campaign, trigger
from tests.commands import run
from tests.installation import Installation
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

    places = [Coordinates(letter.partition, letter.offset) for letter in await installation.dead_letters(20)]
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

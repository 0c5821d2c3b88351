"""The programs in docs/examples work as docs/producers.md and docs/channel-services.md show them."""

import asyncio
import re
import shlex
import shutil
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from embedded.kafka_jars import fetched_jars
from schemas.channel import Channel
from tests.builders import campaign, trigger
from tests.commands import run
from tests.installation import Installation, eventually

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
RESET_URL = "https://acme.example/reset/8c1f"


async def python(_: pytest.FixtureRequest) -> Sequence[str | Path]:
    return sys.executable, EXAMPLES / "producer.py"


async def java(_: pytest.FixtureRequest) -> Sequence[str | Path]:
    if shutil.which("javac") is None:
        pytest.skip("no JDK is on the PATH")
    jars = await fetched_jars(lambda _: None)
    return "java", "-cp", f"{jars}/*", EXAMPLES / "Producer.java"


async def node(request: pytest.FixtureRequest) -> Sequence[str | Path]:
    # Node looks for packages beside the script.
    return "node", shutil.copy(EXAMPLES / "producer.js", request.getfixturevalue("node_modules"))


@pytest.mark.parametrize("language", [python, java, node])
async def test_a_producer_of_the_guide_sends_a_password_reset(
    installation: Installation, language: Any, request: pytest.FixtureRequest
) -> None:
    config = ROOT / "config"
    assert (await run(installation, "channels", "apply", str(config / "channels.yaml"))).code == 0
    sample = config / "campaigns" / "password-reset.yaml"
    assert (await run(installation, "campaigns", "apply", "--activate", str(sample))).code == 0
    command = [*await language(request), *_place(installation), "alice@example.com", RESET_URL]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    async with installation.engine():
        [execution] = await installation.executions(1)
    assert execution["requestId"] == out.decode().strip()
    [delivery] = await installation.deliveries()
    assert RESET_URL in delivery["content"]["text"]
    [record] = await installation.read(installation.topics.triggers("unitary"))
    assert record.key == b"email:alice@example.com"


async def test_the_channel_service_sends_once_and_nothing_that_expired(
    installation: Installation, tmp_path: Path
) -> None:
    topic, database = installation.topics.deliveries(Channel.EMAIL), tmp_path / "sent.db"
    await installation.activate(campaign(maxAge="1h"))
    async with installation.engine():
        await installation.send(trigger())
        await installation.executions(1)
    [delivery] = await installation.deliveries()
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    expired = delivery | {"deliveryId": "expired", "expiresAt": past}
    last = delivery | {"deliveryId": "last"}
    for each in (delivery, expired, last):
        await installation.producer.send_and_wait(topic, orjson.dumps(each), partition=0, key=b"key")
    async with _channel_service(installation, topic, "first", database) as service:
        assert await _sent(service, 2) == [delivery["deliveryId"], "last"]
        await eventually(lambda: _stored(database) == {delivery["deliveryId"], "last"})
    # A group without offsets reads all again, as after a crash before the commit: only what is new is sent.
    await installation.producer.send_and_wait(
        topic, orjson.dumps(delivery | {"deliveryId": "new"}), partition=0, key=b"key"
    )
    async with _channel_service(installation, topic, "second", database) as service:
        assert await _sent(service, 1) == ["new"]


@asynccontextmanager
async def _channel_service(
    installation: Installation, topic: str, group: str, database: Path
) -> AsyncIterator[Process]:
    servers = str(installation.settings.kafka_bootstrap_servers)
    group = f"{installation.topics.prefix}{group}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, EXAMPLES / "channel_service.py", servers, topic, group, database), stdout=PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


async def _sent(service: Process, count: int) -> list[str]:
    assert service.stdout
    async with asyncio.timeout(120):
        return [(await service.stdout.readline()).decode().split(" ")[0] for _ in range(count)]


def _stored(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as connection:
        return {id_ for (id_,) in connection.execute("SELECT id FROM sent")}


def _place(installation: Installation) -> tuple[str, str]:
    return str(installation.settings.kafka_bootstrap_servers), installation.topics.triggers("unitary")


async def test_the_producer_of_the_readme_sends_a_trigger(installation: Installation, tmp_path: Path) -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    [program] = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    servers, topic = _place(installation)
    file = tmp_path / "producer.py"
    file.write_text(program.replace("localhost:9092", servers).replace("clarion.triggers", topic))
    process = await asyncio.create_subprocess_exec(sys.executable, file)
    assert await process.wait() == 0
    [trigger] = await installation.values(topic)
    assert trigger["campaignId"] == "password-reset"


async def test_the_commands_of_the_readme_work_as_they_are(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of the block that starts no process which stays."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    [block] = [each for each in blocks if "clarion migrate" in each]
    commands = re.findall(r"clarion ([^&#\n]+?)(?= +#| &&|\n)", block)
    assert [command.split()[0] for command in commands] == [
        *("migrate", "topics", "samples", "channels", "campaigns", "send", "executions")
    ]
    monkeypatch.chdir(tmp_path)
    for command in commands[:-1]:
        words = [each for word in shlex.split(command) for each in _expanded(word, tmp_path)]
        done = await run(installation, *words)
        assert done.code == 0, done.err
    [trigger] = await installation.values(installation.topics.triggers("unitary"))
    assert trigger["campaignId"] == "password-reset"


def _expanded(word: str, folder: Path) -> Sequence[str]:
    """As a shell does."""
    return [str(path) for path in folder.glob(word)] if "*" in word else [word]

"""`clarion demo` tells its whole story, checks it, and leaves nothing; wherever its output goes."""

import asyncio
import os
import pty
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from demo.scenarios import SCENARIOS
from tests.integration.test_embedded import nothing_is_left

PATIENCE_SECONDS = 120.0
NO_KAFKA = "There is no Kafka to be had"
WAY = "CLARION_EMBEDDED_KAFKA"
BARE = {name: value for name, value in os.environ.items() if name == WAY or not name.startswith("CLARION_")}


@pytest.fixture
def given(bootstrap_servers: str, postgres_url: str) -> dict[str, str]:
    """The environment of one who has a Kafka and a PostgreSQL."""
    return BARE | {
        "CLARION_KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "CLARION_DATABASE_URL": postgres_url,
    }


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder that every user can reach, as /tmp is; pytest's own are closed to PostgreSQL's user."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


async def test_every_scenario_comes_out_as_told_in_plain_text(given: dict[str, str]) -> None:
    code, output, errors = await told(given)

    assert (code, errors) == (0, "")
    assert "\x1b" not in output
    for scenario in SCENARIOS:
        assert scenario.title in output
        for expected in scenario.expected:
            assert expected.reason is None or expected.reason in output
    assert "Each of them came out as it should." in output
    assert "1 early call released." in output
    assert "no early calls released, as each is replayed once" in output
    for shown in ("From: Acme <no-reply@acme.example>", "From: ACME", "Title: AC123 now leaves at 14:35"):
        assert shown in output
    counted = counts(output)
    assert (counted["triggers"], counted["executions"], counted["dead-letters"]) == (26, 24, 14)
    assert [counted[f"deliveries.{channel}"] for channel in ("email", "sms", "push")] == [6, 3, 2]
    assert counted["profiles.created"] == 1
    assert "404 " in output
    assert "Both accepted calls have one executionId, and Alice has 1 message." in output
    assert "of 300 people, 290 were sent one message each, and 10 did not opt in" in output


async def test_what_was_on_given_servers_stays_as_it_was(given: dict[str, str]) -> None:
    before = await belongings(given)

    code, _, errors = await told(given | {"CLARION_TOPIC_PREFIX": "real.", "CLARION_GROUP_ID": "real"})

    assert (code, errors) == (0, "")
    assert await belongings(given) == before


async def test_it_starts_servers_of_its_own_and_leaves_nothing(temporary: Path) -> None:
    code, output, errors = await told(BARE | {"TMPDIR": str(temporary)})

    if NO_KAFKA in errors:
        pytest.skip(errors)
    assert (code, errors) == (0, "")
    assert counts(output)["triggers"] == len(SCENARIOS) + 1
    assert nothing_is_left(temporary)


@pytest.mark.parametrize("columns", [20, 60, 100])
async def test_a_terminal_may_be_narrow(given: dict[str, str], columns: int) -> None:
    ours, theirs = pty.openpty()
    looks = {"COLUMNS": str(columns), "TERM": "xterm-256color"}
    async with clarion(given | looks, "demo", stdout=theirs) as process:
        os.close(theirs)
        output = await asyncio.to_thread(all_of, ours)
        code = await process.wait()

    assert code == 0
    assert "\x1b[" in output
    words = " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output).split())
    assert "Each of them came out as it should." in words


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_can_be_stopped_in_the_middle(given: dict[str, str], number: signal.Signals) -> None:
    before = await belongings(given)
    async with clarion(given, "demo") as process:
        await output_until(process, "Topics")

        process.send_signal(number)
        output, errors = await process.communicate()

    # As a shell has it: 130 after SIGINT, 143 after SIGTERM.
    assert process.returncode == 128 + number
    assert (output.decode(), errors) == ("Stopped before the end; nothing is left running.\n", b"")
    assert await belongings(given) == before


async def test_kept_running_it_tells_what_becomes_of_further_triggers(given: dict[str, str]) -> None:
    async with clarion(given, "demo", "--keep") as process:
        shown = await output_until(process, "appears here")
        exports = dict(re.findall(r"export (CLARION_\w+)='?([^\s']+)", shown))
        sending = ("send", "--campaign", "one-time-code", "--to", "phone:+4670", "--context", "code=1234")

        async with clarion(BARE | exports, *sending) as sender:
            assert await sender.wait() == 0
        assert "1234 is your Acme code" in await output_until(process, "1234 is your")
        process.send_signal(signal.SIGINT)
        await process.communicate()

    assert process.returncode == 0


async def test_without_any_kafka_it_tells_the_mend(postgres_url: str) -> None:
    nowhere = {"PATH": "", "DOCKER_HOST": "unix:///nowhere", "CLARION_DATABASE_URL": postgres_url}
    lacking = BARE.keys() - {"JAVA_HOME", WAY}

    code, _, errors = await told({name: BARE[name] for name in lacking} | nowhere)

    assert code == 1
    assert errors.startswith(NO_KAFKA)
    assert "Traceback" not in errors


async def told(environment: Mapping[str, str]) -> tuple[int | None, str, str]:
    """The demo's exit code, what it prints and what it complains of."""
    async with clarion(environment, "demo") as process:
        output, errors = await process.communicate()
        return process.returncode, output.decode(), errors.decode()


@asynccontextmanager
async def clarion(
    environment: Mapping[str, str], *arguments: str, stdout: int = asyncio.subprocess.PIPE
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command, ended if the test does not end it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *arguments),
        env=environment,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def output_until(process: asyncio.subprocess.Process, words: str) -> str:
    """The output up to the line with these words."""
    assert process.stdout
    lines = []
    async for line in process.stdout:
        lines.append(line.decode())
        if words in lines[-1]:
            return "".join(lines)
    raise AssertionError(f"it ended without {words!r}: {''.join(lines)}")


def all_of(terminal: int) -> str:
    output = b""
    # An error is how Linux tells that the other side of a pseudo-terminal is closed.
    with suppress(OSError), open(terminal, "rb", buffering=0) as stream:
        while chunk := stream.read(65536):
            output += chunk
    return output.decode()


def counts(output: str) -> dict[str, int]:
    """Records by topic, without the prefix, as they are shown."""
    rows = re.findall(r"^  (?:clarion|demo-\w+)\.(\S+) +(\d+)  ", output, re.MULTILINE)
    return {topic: int(count) for topic, count in rows}


async def belongings(given: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Topics but the broker's own, and databases."""
    admin = AIOKafkaAdminClient(bootstrap_servers=given["CLARION_KAFKA_BOOTSTRAP_SERVERS"])
    await admin.start()
    topics = {topic for topic in await admin.list_topics() if not topic.startswith("__")}
    await admin.close()
    connection = await asyncpg.connect(given["CLARION_DATABASE_URL"])
    databases = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
    await connection.close()
    return topics, databases

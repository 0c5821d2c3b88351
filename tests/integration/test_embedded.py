"""The embedded Kafka and PostgreSQL are real, keep their data when killed, and leave nothing behind."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

import embedded
from embedded import kafka_docker, kafka_java
from embedded.kafka_jars import cached_jars, fetched_jars
from embedded.postgresql import PostgresServer
from embedded.server import quietly, started
from embedded.supervised import Supervised

# A supervisor's patience with one server's signals, and time for a busy machine.
GONE_SECONDS = 20.0

PROGRAM = """
import asyncio, contextlib, embedded

async def main():
    async with contextlib.AsyncExitStack() as stack:
        print("starting", flush=True)
        postgres = await embedded.start_postgres()
        stack.push_async_callback(postgres.stop)
        kafka = await embedded.start_kafka()
        stack.push_async_callback(kafka.stop)
        print(postgres.pid, kafka.pid, getattr(kafka, "container_name", ""), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture(scope="module", params=["java", "docker"])
async def way(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    ways: dict[str, Any] = {"java": kafka_java, "docker": kafka_docker}
    if obstacle := await ways[request.param].obstacle(quietly):
        pytest.skip(f"{request.param}: {obstacle}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLARION_EMBEDDED_KAFKA", request.param)
        yield request.param


@pytest.fixture(scope="module")
async def kafka(way: str) -> AsyncIterator[embedded.KafkaServer]:
    server = await embedded.start_kafka()
    assert hasattr(server, "container_name") == (way == "docker")
    yield server
    await server.stop()


@pytest.fixture(scope="module")
async def postgres() -> AsyncIterator[embedded.PostgresServer]:
    server = await embedded.start_postgres()
    yield server
    await server.stop()


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder that every user can reach, as /tmp is; pytest's own are closed to PostgreSQL's user."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


async def test_kafka_commits_a_transaction(kafka: embedded.KafkaServer) -> None:
    await create_topic(kafka, "transactions")
    async with producing(kafka, transactional_id="embedded") as producer:
        with contextlib.suppress(ZeroDivisionError):
            async with producer.transaction():
                await producer.send_and_wait("transactions", b"aborted")
                raise ZeroDivisionError
        async with producer.transaction():
            await producer.send_and_wait("transactions", b"committed")

    assert await first_value(kafka, "transactions") == b"committed"


async def test_a_killed_kafka_comes_back_with_its_data(kafka: embedded.KafkaServer) -> None:
    await create_topic(kafka, "kept")
    async with producing(kafka) as producer:
        await producer.send_and_wait("kept", b"before")
    pid, address = kafka.pid, kafka.bootstrap_servers

    await kafka.kill()
    assert not is_alive(pid)
    await kafka.start_again()

    assert kafka.bootstrap_servers == address
    assert await first_value(kafka, "kept") == b"before"


async def test_postgresql_is_fresh_and_takes_many_connections(postgres: embedded.PostgresServer) -> None:
    async with connected(postgres.database_url) as connection:
        tables = await connection.fetch("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")

        assert tables == []
        assert await connection.fetchval("SHOW server_encoding") == "UTF8"
        assert int(await connection.fetchval("SHOW max_connections")) >= 200
        assert (await connection.fetchval("SHOW server_version")).startswith("18")


async def test_postgresql_asks_for_its_password(postgres: embedded.PostgresServer) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.database_url, password="guessed")  # noqa: S106 - wrong on purpose


async def test_a_killed_postgresql_comes_back_with_its_data(postgres: embedded.PostgresServer) -> None:
    async with connected(postgres.database_url) as connection:
        await connection.execute("CREATE TABLE kept AS SELECT 'before' AS word")
        backend, pid = connection.get_server_pid(), postgres.pid

        await postgres.kill()
        assert not is_alive(pid)
        assert not is_alive(backend)
        await postgres.start_again()

    async with connected(postgres.database_url) as connection:
        assert await connection.fetchval("SELECT word FROM kept") == "before"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
async def test_a_program_that_is_ended_leaves_nothing(
    number: signal.Signals, way: str, temporary: Path
) -> None:
    with program(temporary) as child:
        assert child.stdout
        assert child.stdout.readline() == "starting\n"
        started_servers = child.stdout.readline()
        assert started_servers, "the program could not start its servers"
        *pids, container = started_servers.rstrip("\n").split(" ")
        assert all(is_alive(int(pid)) for pid in pids)

        os.killpg(child.pid, number)
        child.wait()

    await eventually(lambda: not any(is_alive(int(pid)) for pid in pids))
    await eventually(lambda: nothing_is_left(temporary))
    if way == "docker":
        await eventually(
            lambda: container not in output_of("docker", "ps", "--all", "--format", "{{.Names}}")
        )


# From PostgreSQL's initdb to a Kafka that is about to answer.
@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0, 2.5])
async def test_a_program_killed_while_starting_leaves_nothing(seconds: float, temporary: Path) -> None:
    with program(temporary, CLARION_EMBEDDED_KAFKA="java") as child:
        assert child.stdout
        assert child.stdout.readline() == "starting\n"
        await asyncio.sleep(seconds)
        child.kill()

    await eventually(lambda: nothing_is_left(temporary))


async def test_a_stopped_server_leaves_nothing(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.delenv("CLARION_DATABASE_URL", raising=False)

    async with embedded.postgres() as database_url, connected(database_url):
        assert not nothing_is_left(temporary)

    assert nothing_is_left(temporary)


async def test_given_servers_are_used_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARION_KAFKA_BOOTSTRAP_SERVERS", "kafka.example:9092")
    monkeypatch.setenv("CLARION_DATABASE_URL", "postgresql://database.example/clarion")

    async with embedded.kafka() as bootstrap_servers, embedded.postgres() as database_url:
        assert bootstrap_servers == "kafka.example:9092"
        assert database_url == "postgresql://database.example/clarion"


async def test_an_unknown_way_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARION_EMBEDDED_KAFKA", "podman")

    with pytest.raises(
        embedded.EmbeddedError, match="CLARION_EMBEDDED_KAFKA is 'podman': say docker or java"
    ):
        await embedded.start_kafka()


async def test_a_machine_without_any_way_is_told_all_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLARION_EMBEDDED_KAFKA", raising=False)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")

    with pytest.raises(embedded.EmbeddedError, match=r"CLARION_KAFKA_BOOTSTRAP_SERVERS.*Docker.*Java.*Maven"):
        await embedded.start_kafka()


async def test_the_version_of_kafka_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARION_EMBEDDED_KAFKA", "java")
    monkeypatch.setenv("CLARION_EMBEDDED_KAFKA_VERSION", "3.7.2")
    if obstacle := await kafka_java.obstacle(quietly):
        pytest.skip(obstacle)

    server = await embedded.start_kafka()

    try:
        assert "Kafka version: 3.7.2" in "\n".join(await server.log_lines(10_000))
    finally:
        await server.stop()


@pytest.mark.parametrize("way", ["java", "docker"])
async def test_what_is_no_version_of_kafka_is_refused(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARION_EMBEDDED_KAFKA", way)
    monkeypatch.setenv("CLARION_EMBEDDED_KAFKA_VERSION", "../3.7")

    with pytest.raises(
        embedded.EmbeddedError, match=r"CLARION_EMBEDDED_KAFKA_VERSION is '../3.7': it must be"
    ):
        await embedded.start_kafka()


async def test_a_kafka_that_does_not_start_shows_its_log() -> None:
    if obstacle := await kafka_java.obstacle(quietly):
        pytest.skip(obstacle)
    server = kafka_java.JavaKafka(await Supervised.open("kafka"), await fetched_jars(quietly))
    await server.prepare()
    (server.supervised.folder / "server.properties").write_text("process.roles=nonsense\n")

    with pytest.raises(embedded.EmbeddedError, match=r"Kafka ended while starting(.|\n)*nonsense"):
        await server.start_again()

    await server.stop()


async def test_a_port_that_was_taken_meanwhile_is_replaced() -> None:
    with socket.socket() as stranger:

        async def open_server() -> PostgresServer:
            server = await PostgresServer.open()
            if stranger.getsockname()[1] == 0:
                stranger.bind(("127.0.0.1", server.port))
                stranger.listen()
            return server

        server = await started(open_server)

        assert server.port != stranger.getsockname()[1]
        await server.stop()


async def test_jars_are_fetched_once_by_whoever_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("mvn") is None:
        pytest.skip("no mvn is on the PATH")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fetches: list[str] = []

    both = await asyncio.gather(fetched_jars(fetches.append), fetched_jars(fetches.append))

    assert both[0] == both[1] == cached_jars()
    assert len(fetches) == 1
    assert any(both[0].glob("kafka_2.13-*.jar"))


@contextlib.contextmanager
def program(temporary: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | settings | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as child:
        try:
            yield child
        finally:
            child.kill()


@contextlib.asynccontextmanager
async def connected(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    try:
        yield connection
    finally:
        await connection.close()


def producing(kafka: embedded.KafkaServer, **settings: str) -> Any:
    producer: Callable[..., Any] = AIOKafkaProducer
    return producer(bootstrap_servers=kafka.bootstrap_servers, **settings)


async def create_topic(kafka: embedded.KafkaServer, name: str) -> None:
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    topic: Callable[..., NewTopic] = NewTopic
    await admin.start()
    try:
        await admin.create_topics([topic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def first_value(kafka: embedded.KafkaServer, topic: str) -> bytes:
    consumer_of: Callable[..., Any] = AIOKafkaConsumer
    async with consumer_of(
        topic,
        bootstrap_servers=kafka.bootstrap_servers,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    ) as consumer:
        record = await asyncio.wait_for(consumer.getone(), 30)
        return bytes(record.value)


async def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "still not so"
        await asyncio.sleep(0.05)


def nothing_is_left(temporary: Path) -> bool:
    return not any(temporary.iterdir()) and not any(
        works_in(temporary, each) for each in psutil.process_iter()
    )


def works_in(folder: Path, process: psutil.Process) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(folder)
    except (psutil.Error, OSError):
        return False


def is_alive(pid: int) -> bool:
    """A zombie is dead: only an init process slow to collect it keeps its number."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout

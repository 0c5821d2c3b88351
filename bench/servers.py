"""One broker and one database for a whole benchmark, set up as servers, not as for tests."""

import asyncio
import os
import secrets
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from embedded import kafka_choice, kafka_java, start_postgres
from embedded.broker import AS_IN_PRODUCTION, KafkaServer
from embedded.postgresql import DATABASE_URL
from embedded.server import Progress


@dataclass(frozen=True, slots=True)
class Servers:
    kafka: str
    """Bootstrap servers."""
    database: str
    """URL of a database that the benchmark has to itself."""
    broker_pids: Sequence[int] = ()
    postgres_pids: Sequence[int] = ()
    """None of those that were given: how much they work is not seen then."""

    def sql(self, statement: str, *arguments: object) -> str:
        """Execute a statement; returns its status."""
        return asyncio.run(_execute(self.database, statement, *arguments))


@contextmanager
def servers(progress: Progress) -> Iterator[Servers]:
    """Start what the environment does not name. Raises EmbeddedError.

    From here on SIGTERM is met like Ctrl-C: nothing is left running.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        kafka, broker_pids = os.environ.get(kafka_choice.BOOTSTRAP_SERVERS, ""), []
        if not kafka:
            broker = runner.run(_start_kafka(progress))
            stack.callback(lambda: runner.run(broker.stop()))
            kafka, broker_pids = broker.bootstrap_servers, [broker.pid]
        database, postgres_pids = os.environ.get(DATABASE_URL, ""), []
        if database:
            database = stack.enter_context(_own_database(database))
        else:
            postgres = runner.run(start_postgres(progress))
            stack.callback(lambda: runner.run(postgres.stop()))
            database, postgres_pids = postgres.database_url, [postgres.pid]
        yield Servers(kafka, database, broker_pids, postgres_pids)


async def _start_kafka(progress: Progress) -> KafkaServer:
    if os.environ.get(kafka_choice.FORCED_WAY) == "docker" or await kafka_java.obstacle(progress):
        return await kafka_choice.start_kafka(progress)
    return await kafka_java.start(progress, AS_IN_PRODUCTION)


@contextmanager
def _own_database(given: str) -> Iterator[str]:
    """One of our own on a server that was given: claims are thrown away in it between runs."""
    name = f"clarion_bench_{secrets.token_hex(4)}"
    asyncio.run(_execute(given, f"CREATE DATABASE {name}"))
    try:
        yield urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
    finally:
        asyncio.run(_execute(given, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, statement: str, *arguments: object) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.execute(statement, *arguments))
    finally:
        await connection.close()

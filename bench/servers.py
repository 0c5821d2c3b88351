"""One broker and one database for a whole benchmark, set up as servers, not as for tests."""

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import asyncpg

from embedded import PostgresServer, kafka_choice, kafka_java, start_postgres
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
    with asyncio.Runner() as runner:
        kafka = given = os.environ.get(kafka_choice.BOOTSTRAP_SERVERS)
        broker = None if given else runner.run(_start_kafka(progress))
        postgres = None
        try:
            if broker:
                kafka = broker.bootstrap_servers
            database = os.environ.get(DATABASE_URL)
            if not database:
                postgres = runner.run(start_postgres(progress))
                database = postgres.database_url
            assert kafka
            pids = ([server.pid] if server else [] for server in (broker, postgres))
            yield Servers(kafka, database, *pids)
        finally:
            runner.run(_stop(broker, postgres))


async def _start_kafka(progress: Progress) -> KafkaServer:
    if os.environ.get(kafka_choice.FORCED_WAY) == "docker" or await kafka_java.obstacle(progress):
        return await kafka_choice.start_kafka(progress)
    return await kafka_java.start(progress, AS_IN_PRODUCTION)


async def _stop(*started: KafkaServer | PostgresServer | None) -> None:
    for server in started:
        if server:
            await server.stop()


async def _execute(url: str, statement: str, *arguments: object) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.execute(statement, *arguments))
    finally:
        await connection.close()

"""The demo's servers, and a corner of its own on those that the environment names."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

import embedded
from config.kafka import kafka_client_options
from config.loading import load_settings
from config.settings import Settings
from consumer.kafka.topics import Topics
from consumer.store.errors import translated
from demo.screen import Screen

_PARTITIONS: Final = 3
_CONNECT_SECONDS: Final = 10


@asynccontextmanager
async def servers(screen: Screen) -> AsyncIterator[Settings]:
    """Settings for an installation that holds nothing but the demo.

    On a Kafka that is given it has topics under a random prefix, on any PostgreSQL a database of its own:
    deleted at the end, so that real topics and tables are never touched. Raises EmbeddedError, SettingsError.
    """
    given = load_settings()
    prefix = f"demo-{secrets.token_hex(4)}." if given.kafka_bootstrap_servers else "clarion."
    async with AsyncExitStack() as stack:
        with screen.step("PostgreSQL") as progress:
            server_url = await stack.enter_async_context(embedded.postgres(progress))
            database_url = await stack.enter_async_context(_own_database(server_url))
        with screen.step("Kafka") as progress:
            bootstrap_servers = await stack.enter_async_context(embedded.kafka(progress))
        settings = load_settings(
            kafka_bootstrap_servers=bootstrap_servers,
            database_url=database_url,
            topic_prefix=prefix,
            topic_partitions=_PARTITIONS,
            # Those of a real installation would make the engine its member.
            group_id=None,
            instance_id=None,
            # No port to clash with.
            http_port=None,
        )
        if given.kafka_bootstrap_servers:
            stack.push_async_callback(_delete_topics, settings)
        yield settings


@asynccontextmanager
async def _own_database(server_url: str) -> AsyncIterator[str]:
    name = f"clarion_demo_{secrets.token_hex(4)}"
    await _execute(server_url, f"CREATE DATABASE {name}")
    try:
        # Not by urlunsplit, which loses the slashes of a URL without a host.
        parts = urlsplit(server_url)
        query = f"?{parts.query}" if parts.query else ""
        yield f"{parts.scheme}://{parts.netloc}/{name}{query}"
    finally:
        await _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(url: str, statement: str) -> None:
    with translated():
        connection = await asyncpg.connect(url, timeout=_CONNECT_SECONDS)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


async def _delete_topics(settings: Settings) -> None:
    # The consumer group stays, empty; Kafka forgets it after offsets.retention.minutes.
    admin = AIOKafkaAdminClient(**kafka_client_options(settings))
    try:
        await admin.start()
        ours = set(Topics(settings.topic_prefix).settings(0)) & set(await admin.list_topics())
        if ours:
            await admin.delete_topics(sorted(ours))
    finally:
        await admin.close()

"""The proof's servers, or a corner of its own on those that the environment names."""

import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from config.loading import load_settings
from embedded import KafkaServer, PostgresServer, kafka_java, start_kafka, start_postgres
from embedded.cluster import start_cluster
from embedded.kafka_choice import FORCED_WAY
from embedded.server import Progress
from proof.network import Proxy, kafka_commits, postgres_commits

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class KafkaPlace:
    watched_at: str
    """Bootstrap servers past any proxy, for who watches."""
    used_at: str
    """And for the engine."""
    brokers: Sequence[KafkaServer] = ()
    """Ours to kill; none of a cluster that was given."""
    proxies: Sequence[Proxy] = ()
    """Before each broker; none where the brokers cannot be made to tell of them."""


@dataclass(frozen=True, slots=True)
class PostgresPlace:
    watched_at: str
    used_at: str
    proxy: Proxy
    server: PostgresServer | None = None


@dataclass(frozen=True, slots=True)
class Servers:
    kafka: KafkaPlace
    postgres: PostgresPlace


@asynccontextmanager
async def servers(nodes: int, seed: int, progress: Progress) -> AsyncIterator[Servers]:
    """Raises EmbeddedError, SettingsError."""
    async with AsyncExitStack() as stack:
        postgres = await _postgres(stack, Random(seed), progress)  # noqa: S311 - repeatable, not secret
        yield Servers(await _kafka(stack, nodes, seed, progress), postgres)


async def _postgres(stack: AsyncExitStack, random: Random, progress: Progress) -> PostgresPlace:
    given, server = load_settings().database_url, None
    if given is None:
        server = await start_postgres(progress)
        stack.push_async_callback(server.stop)
    url = await stack.enter_async_context(_own_database(given or (server.database_url if server else "")))
    proxy = Proxy(postgres_commits, random)
    port = await proxy.start()
    stack.push_async_callback(proxy.stop)
    parts = urlsplit(url)
    proxy.lead_to(parts.hostname or "localhost", parts.port or 5432)
    login, at, _ = parts.netloc.rpartition("@")
    used_at = urlunsplit(parts._replace(netloc=f"{login}{at}{HOST}:{port}"))
    return PostgresPlace(url, used_at, proxy, server)


async def _kafka(stack: AsyncExitStack, nodes: int, seed: int, progress: Progress) -> KafkaPlace:
    if given := load_settings().kafka_bootstrap_servers:
        return KafkaPlace(given, given)
    if os.environ.get(FORCED_WAY) == "docker" or await kafka_java.obstacle(progress):
        server = await start_kafka(progress)
        stack.push_async_callback(server.stop)
        return KafkaPlace(server.bootstrap_servers, server.bootstrap_servers, [server])
    return await _cluster(stack, nodes, seed, progress)


async def _cluster(stack: AsyncExitStack, nodes: int, seed: int, progress: Progress) -> KafkaPlace:
    proxies = [Proxy(kafka_commits, Random(seed + node)) for node in range(nodes)]  # noqa: S311
    told = []
    for proxy in proxies:
        told.append(f"{HOST}:{await proxy.start()}")
        stack.push_async_callback(proxy.stop)
    cluster = await start_cluster(progress, told)
    stack.push_async_callback(cluster.stop)
    for proxy, door in zip(proxies, cluster.doors, strict=True):
        proxy.lead_to(HOST, door)
    return KafkaPlace(cluster.bootstrap_servers, ",".join(told), cluster.nodes, proxies)


@asynccontextmanager
async def _own_database(server_url: str) -> AsyncIterator[str]:
    name = f"clarion_proof_{secrets.token_hex(4)}"
    await _execute(server_url, f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        await _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()

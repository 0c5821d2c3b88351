"""Which Kafka: one that is given, else the first way that this machine has."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from embedded import kafka_docker, kafka_java
from embedded.broker import KafkaServer
from embedded.errors import EmbeddedError
from embedded.kafka_version import kafka_version
from embedded.server import Progress, quietly

BOOTSTRAP_SERVERS = "CLARION_KAFKA_BOOTSTRAP_SERVERS"
FORCED_WAY = "CLARION_EMBEDDED_KAFKA"


@dataclass(frozen=True, slots=True)
class Way:
    needs: str
    obstacle: Callable[[Progress], Awaitable[str | None]]
    start: Callable[[Progress], Awaitable[KafkaServer]]


# In order of preference.
WAYS = {
    "docker": Way("start a Docker engine", kafka_docker.obstacle, kafka_docker.start),
    "java": Way("install Java 17 or newer and Maven", kafka_java.obstacle, kafka_java.start),
}


@asynccontextmanager
async def kafka(progress: Progress = quietly) -> AsyncIterator[str]:
    """Yield a Kafka's bootstrap servers: CLARION_KAFKA_BOOTSTRAP_SERVERS, else those of one started here."""
    if given := os.environ.get(BOOTSTRAP_SERVERS):
        yield given
        return
    server = await start_kafka(progress)
    try:
        yield server.bootstrap_servers
    finally:
        await server.stop()


async def start_kafka(progress: Progress = quietly) -> KafkaServer:
    """Start a broker of one's own, to be ended by its `stop`; EmbeddedError if this machine has no way to."""
    kafka_version()  # refused before any way is tried
    fixes = [f"let {BOOTSTRAP_SERVERS} name a Kafka that runs"]
    failure = None
    for way in _ways_to_try():
        obstacle = await way.obstacle(progress)
        if obstacle is not None:
            fixes.append(f"{way.needs} ({obstacle})")
            continue
        try:
            return await way.start(progress)
        except EmbeddedError as error:
            # A Docker engine that cannot run the image is as good as none: the next way may do.
            failure = error
            progress(str(error))
    raise failure or EmbeddedError(f"There is no Kafka to be had here: {', or '.join(fixes)}.")


def _ways_to_try() -> list[Way]:
    forced = os.environ.get(FORCED_WAY, "")
    if not forced:
        return list(WAYS.values())
    if forced not in WAYS:
        raise EmbeddedError(f"{FORCED_WAY} is {forced!r}: say {' or '.join(WAYS)}, or leave it unset.")
    return [WAYS[forced]]

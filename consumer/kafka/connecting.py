"""Connecting to Kafka, which may be away and come at any moment: soon, or with an error that says why not."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol

from aiokafka.errors import KafkaConnectionError

from consumer.kafka.diagnosis import unreachable
from consumer.kafka.fencing.connection import knows_brokers

CONNECT_SECONDS: Final = 5.0
"""aiokafka waits 40 s for an address that answers nothing, in which the system tries more and more seldom."""


class Connects(Protocol):
    async def start(self) -> object: ...


async def connect(client: Connects, options: Mapping[str, Any]) -> None:
    """Start a client of aiokafka. Raises KafkaUnreachableError soon, so that another try can follow.

    `options` are those of config/kafka.py with which the client was made.
    """
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await client.start()
            _check(client)
    except (KafkaConnectionError, TimeoutError) as error:
        raise await unreachable(options) from error


def _check(client: Connects) -> None:
    if not knows_brokers(client):
        raise KafkaConnectionError

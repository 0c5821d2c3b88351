"""Connecting to Kafka, which may be away and come at any moment."""

import asyncio
from typing import Final, Protocol

from aiokafka.errors import KafkaConnectionError

CONNECT_SECONDS: Final = 5.0
"""aiokafka waits 40 s for an address that answers nothing, in which the system tries more and more seldom."""


class Connects(Protocol):
    async def start(self) -> object: ...


async def connect(client: Connects) -> None:
    """Start a client of aiokafka. Raises KafkaConnectionError soon, so that another try can follow."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await client.start()
    except TimeoutError:
        raise KafkaConnectionError(f"no answer within {CONNECT_SECONDS:.0f} s") from None

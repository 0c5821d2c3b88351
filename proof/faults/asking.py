"""Asks Kafka what a fault needs to know, until there is an answer: the fault before may not be over."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from confluent_kafka import KafkaException

ANSWER_SECONDS = 15.0
GIVE_UP_SECONDS = 60.0
POLL_SECONDS = 0.2

T = TypeVar("T")


async def answered(ask: Callable[[], T | None]) -> T:
    """The answer to a question that blocks, once there is one. Raises KafkaException, TimeoutError."""
    deadline = monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            answer = await asyncio.to_thread(ask)
        except (KafkaException, TimeoutError):
            if monotonic() > deadline:
                raise
            answer = None
        if answer is not None:
            return answer
        if monotonic() > deadline:
            raise TimeoutError("Kafka has no answer.")
        await asyncio.sleep(POLL_SECONDS)

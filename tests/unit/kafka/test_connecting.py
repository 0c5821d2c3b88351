import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from consumer.backoff import Backoff
from consumer.kafka import connecting
from consumer.kafka.connecting import connect
from consumer.kafka.errors import KafkaUnreachableError


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Where connections are neither taken nor refused, as at the address of a machine that is off."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        while True:
            # Until its queue is full: the system then drops what comes.
            client = stack.enter_context(socket.socket())
            client.settimeout(0.2)
            try:
                client.connect(listener.getsockname())
            except TimeoutError:
                break
        yield listener.getsockname()[1]


async def test_a_kafka_that_answers_nothing_is_soon_tried_again(
    silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 0.1)
    options: dict[str, Any] = {
        "bootstrap_servers": f"127.0.0.1:{silent_port}",
        "security_protocol": "PLAINTEXT",
    }
    admin = AIOKafkaAdminClient(**options)

    # aiokafka itself would wait for 40 s.
    async with asyncio.timeout(20):
        with pytest.raises(
            KafkaUnreachableError, match=rf"at 127.0.0.1:{silent_port} \(no connection within "
        ):
            await connect(admin, options)
    await admin.close()


def test_what_is_away_is_tried_about_every_second() -> None:
    backoff = Backoff()
    waits = [backoff.next_seconds() for _ in range(50)]

    assert waits[0] < 0.2
    assert max(waits) <= 1.2

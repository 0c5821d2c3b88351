"""One connection to one broker, as aiokafka's clients make it, with the error that they only log."""
# aiokafka has no types, and what is private there is what this package is about.
# ruff: noqa: ANN401, SLF001
# mypy: allow-untyped-calls

from collections.abc import Mapping
from typing import Any, Final

from aiokafka import AIOKafkaProducer, errors
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.protocol.metadata import MetadataRequest

_SECURITY: Final = ("security_", "ssl_", "sasl_")
"""How the names of the options begin that a connection needs."""


class DroppedError(errors.KafkaConnectionError):
    """The broker took the connection and refused the first request, as it does without a valid login."""


def addresses(bootstrap_servers: str) -> list[tuple[str, int]]:
    """Return host and port of each broker, in the order in which they are given."""
    return [(host, port) for host, port, _ in collect_hosts(bootstrap_servers, randomize=False)]


def knows_brokers(client: Any) -> bool:
    """Tell whether a client that has started learned of any broker.

    A rejected OAUTHBEARER token goes unnoticed by aiokafka: it takes the broker's refusal of the next request
    for a cluster without brokers, and has then nobody to send anything to.
    """
    inner = client.client if isinstance(client, AIOKafkaProducer) else client._client
    return bool(inner.cluster.brokers())


async def advertised_brokers(
    options: Mapping[str, Any], host: str, port: int, timeout_seconds: float
) -> list[tuple[str, int]]:
    """Connect, log in and ask a broker at which addresses the cluster's brokers are to be found.

    Raises DroppedError, and OSError, TimeoutError or KafkaError as the connection or its login fails.
    """
    security = {name: value for name, value in options.items() if name.startswith(_SECURITY)}
    connection = await create_conn(host, port, request_timeout_ms=int(timeout_seconds * 1000), **security)
    try:
        metadata = await connection.send(MetadataRequest([]))
    except errors.KafkaConnectionError as error:
        raise DroppedError from error
    finally:
        connection.close()
    if not metadata.brokers:
        raise DroppedError
    return [(broker[1], broker[2]) for broker in metadata.brokers]

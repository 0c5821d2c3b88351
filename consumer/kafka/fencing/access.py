"""What the client may do on the cluster, as the brokers themselves say it: nothing is tried out.

Metadata tells authorized operations since version 8 (KIP-430); aiokafka 0.14 knows no version above 5.
For transactional ids there is no such answer, but AddOffsetsToTxn checks both the id and the group before it
looks at the producer, and with a producer that never was it changes nothing.
"""
# aiokafka has no types, and what is private there is what this package is about.
# ruff: noqa: ANN401, N801, SLF001
# mypy: allow-untyped-calls

from collections.abc import Collection
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, errors
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol import types as wire
from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.transaction import AddOffsetsToTxnRequest

from consumer.kafka.fencing.protocol import OneVersion

Client: TypeAlias = AIOKafkaAdminClient | AIOKafkaConsumer | AIOKafkaProducer

_UNKNOWN_TOPIC: Final = 3
_TOPIC_AUTHORIZATION_FAILED: Final = 29
_NO_PRODUCER: Final = -1

_PARTITION: Final[list[tuple[str, Any]]] = [
    ("error_code", wire.Int16),
    ("partition", wire.Int32),
    ("leader", wire.Int32),
    ("leader_epoch", wire.Int32),
    ("replicas", wire.Array(wire.Int32)),
    ("in_sync", wire.Array(wire.Int32)),
    ("offline", wire.Array(wire.Int32)),
]


class MetadataResponse_v8(Response):
    API_KEY, API_VERSION = 3, 8
    SCHEMA = wire.Schema(
        ("throttle_time_ms", wire.Int32),
        (
            "brokers",
            wire.Array(
                ("node_id", wire.Int32),
                ("host", wire.String("utf-8")),
                ("port", wire.Int32),
                ("rack", wire.String("utf-8")),
            ),
        ),
        ("cluster_id", wire.String("utf-8")),
        ("controller_id", wire.Int32),
        (
            "topics",
            wire.Array(
                ("error_code", wire.Int16),
                ("name", wire.String("utf-8")),
                ("is_internal", wire.Boolean),
                ("partitions", wire.Array(*_PARTITION)),
                ("authorized_operations", wire.Int32),
            ),
        ),
        ("cluster_authorized_operations", wire.Int32),
    )


class MetadataRequest_v8(RequestStruct):
    API_KEY, API_VERSION = 3, 8
    RESPONSE_TYPE = MetadataResponse_v8
    SCHEMA = wire.Schema(
        ("topics", wire.Array(wire.String("utf-8"))),
        ("allow_auto_topic_creation", wire.Boolean),
        ("include_cluster_authorized_operations", wire.Boolean),
        ("include_topic_authorized_operations", wire.Boolean),
    )


async def topic_operations(client: Client, topics: Collection[str]) -> dict[str, frozenset[int] | None]:
    """Return the codes of the operations that are allowed on each topic; None for one that does not exist.

    Of a topic that may not be described nobody learns whether it exists: nothing is allowed on it.
    """
    asked: Any = OneVersion(MetadataRequest_v8(list(topics), False, False, True))  # noqa: FBT003
    response = await _ask(client, asked)
    return {name: _operations(code, bits) for code, name, _, _, bits in response.topics}


def _operations(code: int, bits: int) -> frozenset[int] | None:
    if code == _UNKNOWN_TOPIC:
        return None
    if code == _TOPIC_AUTHORIZATION_FAILED:
        return frozenset()
    return frozenset(operation for operation in range(32) if bits >> operation & 1)


async def check_transaction_rights(
    client: Client, transactional_id: str, group_id: str | None = None
) -> None:
    """Raise TransactionalIdAuthorizationFailed or GroupAuthorizationFailedError when a right is missing.

    They are Write on the transactional id and, where a group is given, Read on that.
    """
    asked = AddOffsetsToTxnRequest(transactional_id, _NO_PRODUCER, _NO_PRODUCER, group_id or "-")
    response = await _ask(client, asked)
    error = errors.for_code(response.error_code)
    if error is errors.TransactionalIdAuthorizationFailed:
        raise error(transactional_id)
    if error is errors.GroupAuthorizationFailedError and group_id:
        raise error(group_id)


async def _ask(client: Client, request: Any) -> Any:
    """Any broker answers."""
    inner = client.client if isinstance(client, AIOKafkaProducer) else client._client
    return await inner.send(inner.get_random_node(), request)

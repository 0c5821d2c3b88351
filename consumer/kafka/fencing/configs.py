"""Settings of topics changed one by one: IncrementalAlterConfigs, which aiokafka 0.14 does not have.

Its AlterConfigs replaces all settings of a topic, those that others have made included.
"""
# aiokafka has no types, and what is private there is what this package is about.
# ruff: noqa: N801, SLF001
# mypy: allow-untyped-calls

from collections.abc import Mapping
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol import types as wire
from aiokafka.protocol.api import RequestStruct, Response

from consumer.kafka.fencing.protocol import OneVersion

_TOPIC: Final = 2
_SET: Final = 0


class IncrementalAlterConfigsResponse_v0(Response):
    API_KEY, API_VERSION = 44, 0
    SCHEMA = wire.Schema(
        ("throttle_time_ms", wire.Int32),
        (
            "responses",
            wire.Array(
                ("error_code", wire.Int16),
                ("error_message", wire.String("utf-8")),
                ("resource_type", wire.Int8),
                ("resource_name", wire.String("utf-8")),
            ),
        ),
    )


class IncrementalAlterConfigsRequest_v0(RequestStruct):
    API_KEY, API_VERSION = 44, 0
    RESPONSE_TYPE = IncrementalAlterConfigsResponse_v0
    SCHEMA = wire.Schema(
        (
            "resources",
            wire.Array(
                ("resource_type", wire.Int8),
                ("resource_name", wire.String("utf-8")),
                (
                    "configs",
                    wire.Array(
                        ("name", wire.String("utf-8")),
                        ("config_operation", wire.Int8),
                        ("value", wire.String("utf-8")),
                    ),
                ),
            ),
        ),
        ("validate_only", wire.Boolean),
    )


async def set_topic_settings(admin: AIOKafkaAdminClient, topic: str, settings: Mapping[str, str]) -> None:
    """Leave the topic's other settings as they are. Raises KafkaError with the broker's reason."""
    rows = [(name, _SET, value) for name, value in settings.items()]
    request: Any = OneVersion(IncrementalAlterConfigsRequest_v0([(_TOPIC, topic, rows)], False))  # noqa: FBT003
    response: Any = await admin._send_to_controller(request)
    for code, message, _, name in response.responses:
        if code:
            raise KafkaError(f"topic {name} was not changed: {message or for_code(code).__name__}")

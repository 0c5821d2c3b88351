"""The two request versions, from Apache Kafka's clients/src/main/resources/common/message/*.json."""
# aiokafka has no types; wire names carry their version.
# ruff: noqa: ANN401, N801
# mypy: allow-untyped-calls

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from aiokafka import errors
from aiokafka.protocol import types as wire
from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.structs import TopicPartition

# Kafka's error codes; not all of them are known to aiokafka.
STALE_MEMBERSHIP = {
    22,  # ILLEGAL_GENERATION
    25,  # UNKNOWN_MEMBER_ID
    27,  # REBALANCE_IN_PROGRESS
    82,  # FENCED_INSTANCE_ID
}
UNSTABLE_OFFSET_COMMIT = 88

NO_TAGS: dict[int, bytes] = {}
TEXT = wire.CompactString("utf-8")


def _rows(**fields: Any) -> wire.CompactArray:
    return wire.CompactArray(*fields.items(), ("tags", wire.TaggedFields))


def _message(**fields: Any) -> wire.Schema:
    return wire.Schema(*fields.items(), ("tags", wire.TaggedFields))


_OFFSET = {"partition": wire.Int32, "offset": wire.Int64, "leader_epoch": wire.Int32, "metadata": TEXT}


class TxnOffsetCommitResponse_v3(Response):
    API_KEY, API_VERSION = 28, 3
    SCHEMA = _message(
        throttle_time_ms=wire.Int32,
        topics=_rows(name=TEXT, partitions=_rows(partition=wire.Int32, error_code=wire.Int16)),
    )


class TxnOffsetCommitRequest_v3(RequestStruct):
    API_KEY, API_VERSION, FLEXIBLE_VERSION = 28, 3, True
    RESPONSE_TYPE = TxnOffsetCommitResponse_v3
    SCHEMA = _message(
        transactional_id=TEXT,
        group_id=TEXT,
        producer_id=wire.Int64,
        producer_epoch=wire.Int16,
        generation_id=wire.Int32,
        member_id=TEXT,
        group_instance_id=TEXT,
        topics=_rows(name=TEXT, partitions=_rows(**_OFFSET)),
    )


class OffsetFetchResponse_v7(Response):
    API_KEY, API_VERSION = 9, 7
    SCHEMA = _message(
        throttle_time_ms=wire.Int32,
        topics=_rows(name=TEXT, partitions=_rows(**_OFFSET, error_code=wire.Int16)),
        error_code=wire.Int16,
    )


class OffsetFetchRequest_v7(RequestStruct):
    API_KEY, API_VERSION, FLEXIBLE_VERSION = 9, 7, True
    RESPONSE_TYPE = OffsetFetchResponse_v7
    SCHEMA = _message(
        group_id=TEXT,
        topics=_rows(name=TEXT, partitions=wire.CompactArray(wire.Int32)),
        require_stable=wire.Boolean,
    )


@dataclass(frozen=True, slots=True)
class OneVersion:
    """Stands where aiokafka expects a Request, which chooses among versions: older ones would not fence."""

    struct: RequestStruct

    def prepare(self, versions: dict[int, tuple[int, int]]) -> RequestStruct:
        lowest, highest = versions.get(self.struct.API_KEY, (0, -1))
        if not lowest <= self.struct.API_VERSION <= highest:
            raise errors.IncompatibleBrokerVersion(
                f"the brokers are too old for {type(self.struct).__name__}; Clarion needs Kafka 2.5 or newer"
            )
        return self.struct


def by_topic(partitions: Iterable[TopicPartition]) -> Any:
    return [(topic, list(tps)) for topic, tps in groupby(sorted(partitions), key=lambda tp: tp.topic)]

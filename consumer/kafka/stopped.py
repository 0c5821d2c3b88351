"""Partitions that stand still at a batch that cannot be read: reported, and tried again now and then."""

from dataclasses import dataclass
from time import monotonic
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from consumer.kafka.errors import UnreadableBatchError
from consumer.kafka.fencing import Unreadable, is_past, unreadable

log = structlog.get_logger()

RETRY_SECONDS: Final = 10.0
"""The bytes can have been damaged on their way, or another replica has them whole."""


@dataclass(slots=True)
class _Stop:
    at: Unreadable
    tried_at: float


class StoppedPartitions:
    """Those of one consumer. The others go on, and nothing is skipped: a person has to decide that."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._stops: dict[TopicPartition, _Stop] = {}

    def look(self) -> None:
        """Log what is new and what goes on again. To be called after each poll."""
        for one in unreadable(self._consumer):
            self._found(one)
        for partition, stop in list(self._stops.items()):
            self._look_again(partition, stop)

    def sentences(self) -> list[str]:
        return [sentence(stop.at) for stop in self._stops.values()]

    def refuse(self) -> None:
        """Raises UnreadableBatchError if a partition stands still, for readers that must reach the end."""
        for one in unreadable(self._consumer):
            raise UnreadableBatchError(sentence(one))

    def _found(self, one: Unreadable) -> None:
        stop = self._stops.get(one.partition)
        if stop is None or stop.at != one:
            log.error("partition stopped", **_where(one), cause=one.cause)
            self._stops[one.partition] = _Stop(one, monotonic())

    def _look_again(self, partition: TopicPartition, stop: _Stop) -> None:
        if partition not in self._consumer.assignment():
            del self._stops[partition]
        elif is_past(self._consumer, stop.at):
            log.info("partition continues", **_where(stop.at))
            del self._stops[partition]
        elif monotonic() - stop.tried_at > RETRY_SECONDS:
            stop.tried_at = monotonic()
            self._consumer.seek(partition, stop.at.offset)


def sentence(one: Unreadable) -> str:
    """What a person reads."""
    topic, partition = one.partition
    return (
        f"partition {partition} of {topic} is stopped at offset {one.offset}: its batch cannot be read "
        f"({one.cause})"
    )


def _where(one: Unreadable) -> dict[str, object]:
    return {"topic": one.partition.topic, "partition": one.partition.partition, "offset": one.offset}

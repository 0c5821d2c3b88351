"""A batch that cannot be read stops its own partition there, and no other.

aiokafka raises from `getmany` for it. What the call had taken of other partitions by then is lost, as their
positions have moved on, and what lay before the batch is never returned. Here it is returned, and then the
partition rests: nothing more of it is fetched until somebody seeks.
"""
# aiokafka has no types, and what is private there is what this package is about.
# ruff: noqa: ANN401, SLF001
# mypy: allow-untyped-calls

from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.structs import TopicPartition

TAKEN_BYTES_MAX: Final = 8_000_000
"""Of a partition by one poll: what half a megabyte holds in many small batches can unpack to gigabytes."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Where a partition rests, and why."""

    partition: TopicPartition
    offset: int
    """Of the first record that could not be read."""
    cause: str


def unreadable(consumer: AIOKafkaConsumer) -> list[Unreadable]:
    """The partitions of a started consumer that rest. A seek, to where it stands too, tries one again."""
    fetching: Any = consumer._fetcher
    return [
        one.rests_at for one in fetching._records.values() if isinstance(one, _FetchResult) and one.rests_at
    ]


def is_past(consumer: AIOKafkaConsumer, one: Unreadable) -> bool:
    """Tell whether the partition has been read beyond where it rested."""
    return (position(consumer, one.partition) or 0) > one.offset


def position(consumer: AIOKafkaConsumer, partition: TopicPartition) -> int | None:
    """The next offset to be read, if it is known: the client's own answer has to be awaited."""
    subscription = consumer._subscription.subscription
    if subscription is None or subscription.assignment is None:
        return None
    state: Any = subscription.assignment.state_value(partition)
    return int(state.position) if state is not None and state.has_valid_position else None


def check_fetching(consumer: AIOKafkaConsumer) -> None:
    """Raises the KafkaError that ended the task which fetches: aiokafka looks at it nowhere, and waits."""
    fetching: Any = consumer._fetcher
    task = fetching._fetch_task
    if task.done() and not task.cancelled():
        task.result()


def stop_at_unreadable_batches() -> None:
    """Let every consumer of this process do so. To be called before the first is started."""
    fetcher.PartitionRecords = _PartitionRecords  # type: ignore[misc]
    fetcher.FetchResult = _FetchResult  # type: ignore[misc]


class _PartitionRecords(fetcher.PartitionRecords):
    failure: Exception | None = None
    taken_bytes = 0
    """By the present poll."""

    def __next__(self) -> Any:
        if self.failure is None and self.taken_bytes < TAKEN_BYTES_MAX:
            try:
                record = super().__next__()
            except StopIteration:
                raise
            except Exception as error:  # noqa: BLE001 - each codec has errors of its own
                self.failure = error
            else:
                self.taken_bytes += _size(record)
                return record
        raise StopIteration


def _size(record: Any) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers) if record.headers else 0
    return int(record.serialized_key_size + record.serialized_value_size + headers)


class _FetchResult(fetcher.FetchResult):
    rests_at: Unreadable | None = None

    def getall(self, max_records: int | None = None) -> Any:
        if self.rests_at:
            return []
        records = self._partition_records
        if records is not None:
            records.taken_bytes = 0
        found = super().getall(max_records)
        self._keep_what_is_left(records)
        self._rest(records)
        return found

    def getone(self) -> Any:
        """Raises what cannot be read, as aiokafka does: it is for readers that look at no `unreadable`."""
        records = self._partition_records
        if records is not None:
            records.taken_bytes = 0
        found = super().getone()
        if found is None and records is not None and records.failure:
            raise records.failure
        return found

    def has_more(self) -> bool:
        # What has more stays, and while it stays nothing else is fetched of its partition.
        return self.rests_at is not None or super().has_more()

    def _keep_what_is_left(self, records: _PartitionRecords | None) -> None:
        """For the next poll: until then nothing else is fetched of the partition."""
        if records is not None and records.failure is None and records.taken_bytes >= TAKEN_BYTES_MAX:
            self._partition_records = records

    def _rest(self, records: _PartitionRecords | None) -> None:
        if records is not None and records.failure and self._partition_records is None:
            cause = str(records.failure) or type(records.failure).__name__
            self.rests_at = Unreadable(self._topic_partition, records.next_fetch_offset, cause)

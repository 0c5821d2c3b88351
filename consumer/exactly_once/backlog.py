"""What a session has to do: records that wait in the log, those read, and the batches in work."""

from collections.abc import Mapping, Sequence

from aiokafka.structs import TopicPartition

from consumer.exactly_once.inbox import Inbox
from consumer.kafka.record import Record
from consumer.monitoring.progress import Progress


class Backlog:
    """Lag and age count a record until its transaction is committed, also while a fault has shut the gate."""

    def __init__(self, inbox: Inbox, progress: Progress) -> None:
        self._inbox = inbox
        self._progress = progress
        self._next: dict[TopicPartition, int] = {}
        """Next offsets after what is executed."""
        self._ends: Mapping[TopicPartition, int] = {}
        """As the gate saw them: before the first fetch, nothing else is known."""
        self._preparing: Sequence[Record] = ()
        self._committing: Sequence[Record] = ()
        self._read_to: Mapping[TopicPartition, int] = {}
        self._dropped_timestamp: int | None = None
        """Of the oldest record that a fault made forget, to be read again."""

    def opened(self, offsets: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> None:
        """The gate is open at these next offsets."""
        self._next, self._ends = dict(offsets), ends
        if all(offset >= min(ends[tp], self._read_to.get(tp, 0)) for tp, offset in offsets.items()):
            # The transaction whose end was not known had succeeded, or its records are gone.
            self._dropped_timestamp = None
            self._progress.done(is_more=False)

    def preparing(self, records: Sequence[Record]) -> None:
        self._preparing = records
        self._progress.begun()

    def committing(self, records: Sequence[Record]) -> None:
        """The records that were in preparation, or the first of them, are in their transaction."""
        self._committing, self._preparing = records, ()

    @property
    def is_committing(self) -> bool:
        return bool(self._committing)

    def committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        self._next |= offsets
        self._committing = ()
        self._dropped_timestamp = None
        self._progress.done(is_more=bool(self._preparing))

    def dropped(self, read_to: Mapping[TopicPartition, int]) -> None:
        """What was read, to these next offsets, is to be read again; call it before the inbox is emptied."""
        self._read_to = dict(read_to)
        self._dropped_timestamp = self.oldest_timestamp()
        self._preparing = self._committing = ()

    def lag(
        self, highwaters: Mapping[TopicPartition, int | None], positions: Mapping[TopicPartition, int]
    ) -> dict[tuple[str, int], int]:
        """Records not yet executed, by topic and partition, once the gate was open.

        Where nothing that was read waits, all up to the position is done: also what has an offset and is no
        record, such as the end of a replay's transaction.
        """
        waiting = self._waiting_partitions()
        done = {
            tp: offset if tp in waiting else max(offset, positions.get(tp, 0))
            for tp, offset in self._next.items()
        }
        return {
            (tp.topic, tp.partition): max(0, max(highwaters.get(tp) or 0, self._ends[tp]) - offset)
            for tp, offset in done.items()
        }

    def _waiting_partitions(self) -> set[TopicPartition]:
        under_way = {
            TopicPartition(each.topic, each.partition) for each in (*self._preparing, *self._committing)
        }
        return under_way | {tp for tp, count in self._inbox.counts().items() if count}

    def oldest_timestamp(self) -> int | None:
        """Epoch milliseconds of the oldest record that was read and is not executed, if there is one."""
        timestamps = [record.timestamp for record in (*self._preparing, *self._committing)]
        others = (self._dropped_timestamp, self._inbox.oldest_timestamp())
        return min((*timestamps, *(one for one in others if one is not None)), default=None)

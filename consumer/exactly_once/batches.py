"""A batch is decided, as often as that takes, and committed; a record that makes it fail is searched for."""

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic

from aiokafka.structs import TopicPartition

from consumer.backoff import Backoff
from consumer.exactly_once.acknowledger import Acknowledger
from consumer.exactly_once.fault_points import NO_FAULT_POINTS, FaultPoint, FaultPoints
from consumer.exactly_once.handler import Handler, Ownership, Prepared
from consumer.exactly_once.interruption import Interruption
from consumer.exactly_once.suspects import Suspects
from consumer.exactly_once.transaction import OutputTooLargeError, Transactor, UnsendableError
from consumer.kafka.fencing import Membership
from consumer.kafka.record import Record, next_offsets
from consumer.monitoring.metrics import Metrics
from consumer.monitoring.progress import Progress
from consumer.store.errors import DatabaseDataError, DatabaseError

DECISION_SECONDS_MAX = 2.0
"""A decision that waited longer for its transaction is made again: the campaign may have been stopped."""


class Batches:
    """Decides and commits the batches of one assignment."""

    def __init__(
        self,
        handler: Handler,
        transactor: Transactor,
        acknowledger: Acknowledger,
        metrics: Metrics,
        fault_points: FaultPoints = NO_FAULT_POINTS,
    ) -> None:
        self._handler = handler
        self._transactor = transactor
        self._acknowledger = acknowledger
        self._metrics = metrics
        self._fault_points = fault_points
        self._suspects = Suspects()

    async def start(self) -> None:
        """End a transaction that this process left open. Raises KafkaError, TransactionTimeoutError."""
        await self._transactor.start()

    def begun(self, ownership: Ownership, offsets: Mapping[TopicPartition, int]) -> None:
        """Note where the assignment begins."""
        # Who died may have committed this and not stored it: with the offsets lost, it would come again.
        self._acknowledger.committed(ownership, {tp.partition: offset for tp, offset in offsets.items()})

    def size(self, batch_max: int) -> int:
        """How many records the next batch may have: one, while the search for a bad one goes on."""
        return 1 if self._suspects else batch_max

    async def prepare(
        self,
        records: Sequence[Record],
        ownership: Ownership,
        interruption: Interruption,
        progress: Progress,
    ) -> Prepared:
        """Decide the records, or the first of them, as often as the database needs; each try decides again.

        Raises DatabaseDataError, EpochSuperseded, and the interruption's cause.
        """
        backoff = Backoff()
        started = monotonic()
        while True:
            try:
                prepared = await self._handler.prepare(records, ownership, self._suspects.refused)
            except DatabaseDataError:
                raise
            except DatabaseError as error:
                self._metrics.retried("database")
                progress.hindered("database", error)
                await interruption.waiting(asyncio.sleep(backoff.next_seconds()))
            else:
                self._metrics.batch_prepared(monotonic() - started)
                return prepared

    def is_lately_decided(self, prepared: Prepared) -> bool:
        return monotonic() - prepared.decided_at <= DECISION_SECONDS_MAX

    def is_still_valid(self, prepared: Prepared) -> bool:
        """Whether nothing that the decisions rest on has changed: no window closed, no list changed."""
        in_time = prepared.valid_until is None or self._fault_points.clock() < prepared.valid_until
        return in_time and prepared.is_up_to_date()

    async def commit(
        self, prepared: Prepared, ownership: Ownership, membership: Membership
    ) -> dict[TopicPartition, int]:
        """Write what the batch makes, with its offsets; returns these next offsets.

        Raises what Transactor.commit raises, and UnsendableError.
        """
        self._fault_points.reached(FaultPoint.CLAIMED)
        offsets = next_offsets(prepared.records)
        by_partition = {TopicPartition(ownership.topic, number): offset for number, offset in offsets.items()}
        started = monotonic()
        try:
            await self._transactor.commit(
                prepared.outgoing, by_partition, membership, lambda: self.is_still_valid(prepared)
            )
        except OutputTooLargeError as error:
            if self._suspects.suspect(prepared.records):
                raise UnsendableError(
                    "Kafka refuses even the least that a trigger makes: a topic's max.message.bytes is too "
                    "small; run `clarion topics create --fix`."
                ) from error
            raise
        self._acknowledger.committed(ownership, offsets)
        self._suspects.clear(offsets)
        now = monotonic()
        self._metrics.batch_committed(
            len(prepared.records), seconds=now - prepared.decided_at, transaction_seconds=now - started
        )
        prepared.on_committed()
        return by_partition

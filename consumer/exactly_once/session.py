"""The work of one assignment, from the gate to the last commit before the partitions are given up."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from consumer.backoff import Backoff
from consumer.exactly_once.acknowledger import Acknowledger
from consumer.exactly_once.backlog import Backlog
from consumer.exactly_once.fault_points import NO_FAULT_POINTS, FaultPoint, FaultPoints
from consumer.exactly_once.gate import Gate, NotOwner
from consumer.exactly_once.handler import Handler, Ownership, Prepared
from consumer.exactly_once.inbox import Inbox
from consumer.exactly_once.interruption import Interruption, Stopping, end
from consumer.exactly_once.suspects import Suspects
from consumer.exactly_once.transaction import (
    DecisionOutdated,
    OutputTooLargeError,
    Transactor,
    UnsendableError,
)
from consumer.kafka.fencing import Membership, StaleMembership, position
from consumer.kafka.record import Record, next_offsets
from consumer.monitoring.metrics import Metrics
from consumer.monitoring.progress import Progress
from consumer.store.errors import DatabaseDataError, DatabaseError
from consumer.store.partitions import EpochSuperseded

log = structlog.get_logger()

DECISION_SECONDS_MAX = 2.0
"""A decision that waited longer for its transaction is made anew: the campaign may have been stopped."""


class LogTruncated(Exception):  # noqa: N818 - an event, answered by opening the gate again
    """Records came that are older than those already read: the log was cut or made anew."""


@dataclass(frozen=True, slots=True)
class Pace:
    batch_max: int
    linger_seconds: float


class Session:
    """Reads, decides and commits while an assignment lasts. Any fault shuts the gate and opens it anew."""

    def __init__(
        self,
        partitions: Collection[TopicPartition],
        membership: Membership,
        *,
        consumer: AIOKafkaConsumer,
        gate: Gate,
        handler: Handler,
        transactor: Transactor,
        acknowledger: Acknowledger,
        metrics: Metrics,
        pace: Pace,
        fault_points: FaultPoints = NO_FAULT_POINTS,
    ) -> None:
        self.partitions = frozenset(partitions)
        self.is_open = False
        self.inbox = Inbox()
        self._progress = Progress("execution", metrics.outage)
        self.backlog = Backlog(self.inbox, self._progress)
        self._membership = membership
        self._consumer = consumer
        self._gate = gate
        self._handler = handler
        self._transactor = transactor
        self._acknowledger = acknowledger
        self._metrics = metrics
        self._pace = pace
        self._fault_points = fault_points
        self._expected: dict[TopicPartition, int] = {}
        self._suspects = Suspects()
        self._is_stopping = False
        self._interruption = Interruption()
        self._backoff = Backoff()
        # Nothing is fetched before the gate is open; what the client has fetched all the same is dropped.
        consumer.pause(*self.partitions)

    # --- what the assignment's owner calls -----------------------------------------------------------

    async def run(self) -> None:
        """Work until stop() is called and the running batch is finished."""
        while not self._is_stopping:
            self._interruption = Interruption()
            try:
                ownership = await self._interruption.waiting(self._open())
                await self._work(ownership)
            except Stopping:
                return
            except Exception as error:  # noqa: BLE001 - told and met by kind in _tell
                self._tell(error)
            finally:
                self._shut()
            await self._rest()

    def stop(self) -> None:
        """Ask for the end: the running batch is finished, whatever only waits is not."""
        self._is_stopping = True
        self._interruption.interrupt(Stopping())

    def accept(self, fetched: Mapping[TopicPartition, Sequence[Record]]) -> None:
        """Take in what was fetched, unless it is not, or not yet, this session's."""
        for partition, records in fetched.items():
            if not self.is_open or self._interruption.has_come or partition not in self.partitions:
                continue
            if records[0].offset < self._expected[partition]:
                self._interruption.interrupt(LogTruncated(f"{partition.topic} {partition.partition}"))
                continue
            self._expected[partition] = records[-1].offset + 1
            self.inbox.put({partition: records})

    def lag(self) -> dict[tuple[str, int], int]:
        """Records not yet executed, by topic and partition."""
        assigned = self.partitions & self._consumer.assignment()
        # What was read and not accepted is read again: then positions say too much.
        trusted = assigned if self.is_open and not self._interruption.has_come else ()
        return self.backlog.lag(
            {tp: self._consumer.highwater(tp) for tp in assigned},
            {tp: found for tp in trusted if (found := position(self._consumer, tp)) is not None},
        )

    def not_ready_because(self) -> list[str]:
        """Why no trigger can be executed just now; nothing when it can."""
        cause = self._progress.cause
        if not self.is_open:
            return ["not all assigned partitions are open yet" + (f": {cause}" if cause else "")]
        if seconds := self._progress.stalled_seconds():
            waited_for = "Kafka" if self.backlog.is_committing else "PostgreSQL"
            return [f"no trigger was executed for {seconds:.0f} s: {cause or f'waiting for {waited_for}'}"]
        return []

    # --- the gate ------------------------------------------------------------------------------------

    async def _open(self) -> Ownership:
        # Before the offsets are read: the start ends a transaction that this process itself left open.
        await self._transactor.start()
        opened = await self._gate.open(self.partitions, self._membership)
        for partition, offset in opened.offsets.items():
            self._consumer.seek(partition, offset)
        self._expected = dict(opened.offsets)
        self.backlog.opened(opened.offsets, opened.ends)
        # Who died may have committed this and not stored it: with the offsets lost, it would come again.
        starts = {tp.partition: offset for tp, offset in opened.offsets.items()}
        self._acknowledger.committed(opened.ownership, starts)
        self.is_open = True
        self._consumer.resume(*self.partitions)
        log.info("partitions opened", partitions=sorted(tp.partition for tp in self.partitions))
        return opened.ownership

    def _shut(self) -> None:
        self.is_open = False
        self.backlog.dropped(self._expected)
        self.inbox.clear()
        still_assigned = self.partitions & self._consumer.assignment()
        self._consumer.pause(*still_assigned)

    # --- the work ------------------------------------------------------------------------------------

    async def _work(self, ownership: Ownership) -> None:
        """Prepare each batch while the one before commits."""
        committing: asyncio.Task[None] | None = None
        try:
            while True:
                if committing and self.inbox.is_empty:
                    await committing
                records = await self._next_records()
                prepared = await self._prepare(records, ownership)
                if committing:
                    await committing
                prepared = await self._decided_lately(prepared, ownership)
                self.backlog.committing(prepared.records)
                committing = asyncio.create_task(self._commit(prepared, ownership))
        except Stopping:
            if committing:
                await committing
            raise
        finally:
            if committing:
                await end(committing)

    async def _next_records(self) -> list[Record]:
        count = 1 if self._suspects else self._pace.batch_max
        await self._interruption.waiting(self.inbox.wait(count, self._pace.linger_seconds))
        records = self.inbox.take(count)
        self.backlog.preparing(records)
        return records

    async def _prepare(self, records: Sequence[Record], ownership: Ownership) -> Prepared:
        """As often as the database needs; each try decides anew."""
        backoff = Backoff()
        started = monotonic()
        while True:
            try:
                prepared = await self._handler.prepare(records, ownership, self._suspects.refused)
            except DatabaseDataError:
                raise
            except DatabaseError as error:
                self._metrics.retried("database")
                self._progress.hindered("database", error)
                await self._interruption.waiting(asyncio.sleep(backoff.next_seconds()))
            else:
                self._metrics.batch_prepared(monotonic() - started)
                self.inbox.put_back(records[len(prepared.records) :])
                self.backlog.preparing(prepared.records)
                return prepared

    async def _decided_lately(self, prepared: Prepared, ownership: Ownership) -> Prepared:
        if monotonic() - prepared.decided_at > DECISION_SECONDS_MAX:
            prepared = await self._prepare(prepared.records, ownership)
        while not self._still_valid(prepared):
            prepared = await self._prepare(prepared.records, ownership)
        return prepared

    def _still_valid(self, prepared: Prepared) -> bool:
        in_time = prepared.valid_until is None or self._fault_points.clock() < prepared.valid_until
        return in_time and prepared.is_up_to_date()

    async def _commit(self, prepared: Prepared, ownership: Ownership) -> None:
        self._fault_points.reached(FaultPoint.CLAIMED)
        offsets = next_offsets(prepared.records)
        by_partition = {TopicPartition(ownership.topic, number): offset for number, offset in offsets.items()}
        started = monotonic()
        try:
            await self._transactor.commit(
                prepared.outgoing,
                by_partition,
                self._membership,
                lambda: self._still_valid(prepared),
            )
        except OutputTooLargeError as error:
            if self._suspects.suspect(prepared.records):
                raise UnsendableError(
                    "Kafka refuses even the least that a trigger makes: a topic's max.message.bytes is too "
                    "small; run `clarion topics create --fix`."
                ) from error
            raise
        self._backoff.reset()
        self.backlog.committed(by_partition)
        self._acknowledger.committed(ownership, offsets)
        self._suspects.clear(offsets)
        now = monotonic()
        self._metrics.batch_committed(
            len(prepared.records), seconds=now - prepared.decided_at, transaction_seconds=now - started
        )
        prepared.on_committed()

    # --- faults --------------------------------------------------------------------------------------

    async def _rest(self) -> None:
        if not self._is_stopping:
            try:
                self._interruption = Interruption()
                await self._interruption.waiting(asyncio.sleep(self._backoff.next_seconds()))
            except Stopping:
                return

    def _tell(self, error: Exception) -> None:
        """One line by kind; the answer to all of them is to open the gate again after a rest."""
        match error:
            case NotOwner():
                log.info("waiting for an assignment that stands")
            case StaleMembership():
                self._metrics.fenced("kafka")
                log.warning("batch dropped: the group has moved on", cause=str(error))
            case EpochSuperseded():
                self._metrics.fenced("database")
                log.warning("batch dropped: a partition has a new owner", cause=str(error))
            case DatabaseError():
                self._metrics.retried("database")
                self._progress.hindered("database", error)
            case OutputTooLargeError() | LogTruncated() | DecisionOutdated():
                log.warning("batch dropped, to be read again", cause=repr(error))
            case _:
                self._metrics.retried("kafka")
                self._progress.hindered("kafka", error, is_a_bug=_is_a_bug(error))


def _is_a_bug(error: Exception) -> bool:
    return not isinstance(error, KafkaError | OSError | TimeoutError)

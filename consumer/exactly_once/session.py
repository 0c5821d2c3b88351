"""The work of one assignment, from the gate to the last commit before the partitions are given up."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from consumer.backoff import Backoff
from consumer.exactly_once.backlog import Backlog
from consumer.exactly_once.batches import Batches
from consumer.exactly_once.faults import report_fault
from consumer.exactly_once.gate import Gate
from consumer.exactly_once.handler import Ownership, Prepared
from consumer.exactly_once.intake import Intake, Pace
from consumer.exactly_once.interruption import Interruption, Stopping, end
from consumer.kafka.fencing import Membership
from consumer.kafka.record import Record
from consumer.monitoring.metrics import Lag, Metrics
from consumer.monitoring.progress import Progress

log = structlog.get_logger()


class Assignment(NamedTuple):
    """What the group has given to this process."""

    consumer: AIOKafkaConsumer
    partitions: Collection[TopicPartition]
    membership: Membership


class Session:
    """Reads, decides and commits while an assignment lasts. Any fault shuts the gate and opens it again."""

    def __init__(
        self, assignment: Assignment, gate: Gate, batches: Batches, metrics: Metrics, pace: Pace
    ) -> None:
        self._membership = assignment.membership
        self._gate = gate
        self._batches = batches
        self._metrics = metrics
        self._pace = pace
        self._interruption = Interruption()
        self._progress = Progress("execution", metrics.outage)
        self._backoff = Backoff()
        self.intake = Intake(assignment.consumer, assignment.partitions, pace, self._interruption)
        self.backlog = Backlog(self.intake.inbox, self._progress)

    # --- what the assignment's owner calls -----------------------------------------------------------

    async def run(self) -> None:
        """Work until stop() is called and the running batch is finished."""
        while not self._interruption.is_stopping:
            self._interruption.renew()
            try:
                ownership = await self._interruption.waiting(self._open())
                await self._work(ownership)
            except Stopping:
                return
            except Exception as error:  # noqa: BLE001 - reported, and met, by kind
                report_fault(error, self._metrics, self._progress)
            finally:
                self._shut()
            await self._rest()

    def stop(self) -> None:
        """Ask for the end: the running batch is finished, whatever only waits is not."""
        self._interruption.stop()

    def lag(self) -> Lag:
        """Records not yet executed, by topic and partition."""
        return self.backlog.lag(self.intake.highwaters(), self.intake.positions())

    def not_ready_because(self) -> list[str]:
        """Why no trigger can be executed just now; nothing when it can."""
        cause = self._progress.cause
        if not self.intake.is_open:
            return ["not all assigned partitions are open yet" + (f": {cause}" if cause else "")]
        if seconds := self._progress.stalled_seconds():
            waited_for = "Kafka" if self.backlog.is_committing else "PostgreSQL"
            return [f"no trigger was executed for {seconds:.0f} s: {cause or f'waiting for {waited_for}'}"]
        return []

    # --- the gate ------------------------------------------------------------------------------------

    async def _open(self) -> Ownership:
        # Before the offsets are read: the start ends a transaction that this process itself left open.
        await self._batches.start()
        partitions = self.intake.partitions
        opened = await self._gate.open(partitions, self._membership)
        self.intake.open(opened.offsets)
        self.backlog.opened(opened.offsets, opened.ends)
        self._batches.begun(opened.ownership, opened.offsets)
        log.info("partitions opened", partitions=sorted(tp.partition for tp in partitions))
        return opened.ownership

    def _shut(self) -> None:
        self.backlog.dropped(self.intake.read_to)
        self.intake.shut()

    async def _rest(self) -> None:
        """Before the gate is opened again."""
        self._interruption.renew()
        with suppress(Stopping):
            await self._interruption.waiting(asyncio.sleep(self._backoff.next_seconds()))

    # --- the work ------------------------------------------------------------------------------------

    async def _work(self, ownership: Ownership) -> None:
        """Prepare each batch while the one before commits."""
        committing: asyncio.Task[None] | None = None
        try:
            while True:
                if committing and self.intake.inbox.is_empty:
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
        count, inbox = self._batches.size(self._pace.batch_max), self.intake.inbox
        await self._interruption.waiting(inbox.wait(count, self._pace.linger_seconds))
        records = inbox.take(count)
        self.backlog.preparing(records)
        return records

    async def _prepare(self, records: Sequence[Record], ownership: Ownership) -> Prepared:
        prepared = await self._batches.prepare(records, ownership, self._interruption, self._progress)
        self.intake.inbox.put_back(records[len(prepared.records) :])
        self.backlog.preparing(prepared.records)
        return prepared

    async def _decided_lately(self, prepared: Prepared, ownership: Ownership) -> Prepared:
        if not self._batches.is_lately_decided(prepared):
            prepared = await self._prepare(prepared.records, ownership)
        while not self._batches.is_still_valid(prepared):
            prepared = await self._prepare(prepared.records, ownership)
        return prepared

    async def _commit(self, prepared: Prepared, ownership: Ownership) -> None:
        offsets = await self._batches.commit(prepared, ownership, self._membership)
        self._backoff.reset()
        self.backlog.committed(offsets)

"""Makes the session of each assignment, and keeps what outlives one: the producer, the committed offsets."""

from collections.abc import Collection

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from consumer.exactly_once.acknowledger import Acknowledger
from consumer.exactly_once.batches import Batches
from consumer.exactly_once.fault_points import NO_FAULT_POINTS, FaultPoints
from consumer.exactly_once.gate import Gate
from consumer.exactly_once.handler import Handler
from consumer.exactly_once.intake import Pace
from consumer.exactly_once.session import Assignment, Session
from consumer.exactly_once.transaction import Transactor
from consumer.kafka.fencing import Membership
from consumer.monitoring.metrics import Metrics
from consumer.store.database import Database


class Sessions:
    def __init__(
        self,
        *,
        handler: Handler,
        transactor: Transactor,
        database: Database,
        metrics: Metrics,
        pace: Pace,
        fault_points: FaultPoints = NO_FAULT_POINTS,
    ) -> None:
        self.metrics = metrics
        self.fault_points = fault_points
        self._handler = handler
        self._transactor = transactor
        self._database = database
        self._pace = pace
        self._acknowledger = Acknowledger(database)

    def begin(
        self, consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition], membership: Membership
    ) -> Session:
        return Session(
            Assignment(consumer, partitions, membership),
            Gate(consumer, self._database, self.metrics, self.fault_points),
            Batches(self._handler, self._transactor, self._acknowledger, self.metrics, self.fault_points),
            self.metrics,
            self._pace,
        )

    async def run(self) -> None:
        """Store the offsets of what is committed, until cancelled."""
        await self._acknowledger.run()

    async def close(self) -> None:
        await self._acknowledger.flush()
        await self._transactor.stop()

"""The consumer: polls, follows the group's rebalances, and lets one session at a time do the work."""

import asyncio
from collections.abc import Collection, Mapping
from time import time
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from consumer.exactly_once.fault_points import FaultPoint
from consumer.exactly_once.polling import PollFailures, Polling
from consumer.exactly_once.session import Session
from consumer.exactly_once.sessions import Sessions
from consumer.kafka.access import check_access
from consumer.kafka.connecting import connect
from consumer.kafka.fencing import membership
from consumer.kafka.rights import Right
from consumer.monitoring.metrics import Lag

log = structlog.get_logger()

HEARTBEAT_MS = 500
"""How soon a member hears of a rebalance: with the client's 3 s, every rebalance lasts that long."""
FETCH_BYTES_MAX = 4_000_000
"""A larger record comes all the same, by itself."""
STOP_SECONDS = 3.0


class TriggerConsumer(ConsumerRebalanceListener):
    """Reads one topic as a member of a group. `run` until it is cancelled, then `close`."""

    def __init__(
        self,
        topic: str,
        group_id: str,
        *,
        kafka_options: Mapping[str, Any],
        session_timeout_ms: int,
        sessions: Sessions,
        failures: PollFailures,
    ) -> None:
        self._topic = topic
        self._options = kafka_options
        self._sessions = sessions
        self._metrics, self._fault_points = sessions.metrics, sessions.fault_points
        # No heartbeat is sent while partitions are given up: it must be over well before the session is.
        self._revoke_seconds = session_timeout_ms / 2000
        self._session: Session | None = None
        self._working: asyncio.Task[None] | None = None
        self._ending = asyncio.Lock()
        self.is_started = False
        self._was_assigned = False
        self._is_closing = False
        self._consumer = AIOKafkaConsumer(
            **kafka_options,
            group_id=group_id,
            enable_auto_commit=False,
            # Replays come in transactions.
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            session_timeout_ms=session_timeout_ms,
            rebalance_timeout_ms=session_timeout_ms,
            heartbeat_interval_ms=HEARTBEAT_MS,
            metadata_max_age_ms=30_000,
            # One answer holds some batches: as records, its bytes take several times their memory.
            fetch_max_bytes=FETCH_BYTES_MAX,
            max_partition_fetch_bytes=FETCH_BYTES_MAX // 8,
        )
        self._polling = Polling(self._consumer, failures, lambda: self._metrics.retried("kafka"))

    async def run(self) -> None:
        """Join the group and work until cancelled. Raises KafkaError when the group cannot be joined."""
        await connect(self._consumer, self._options)
        self.is_started = True
        self._consumer.subscribe([self._topic], listener=self)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sessions.run())
            tasks.create_task(self._poll())

    async def close(self) -> None:
        """Finish the running batch, store the offsets, leave the group."""
        # A rebalance may be under way: what it assigns is not taken up any more.
        self._is_closing = True
        await self._end_session()
        await self._sessions.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._consumer.stop()
        except (TimeoutError, KafkaError) as error:
            log.warning("left the group without notice", cause=repr(error))

    # --- what the client calls on a rebalance; it swallows exceptions and sends no heartbeat meanwhile ---

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:  # noqa: ARG002
        self._fault_points.reached(FaultPoint.REVOKED)
        await self._end_session()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._fault_points.reached(FaultPoint.ASSIGNED)
        await self._end_session()
        member = membership(self._consumer)
        self._metrics.rebalanced()
        log.info("partitions assigned", partitions=sorted(tp.partition for tp in assigned))
        self._was_assigned |= member is not None
        if not assigned or member is None or self._is_closing:
            return
        self._session = self._sessions.begin(self._consumer, assigned, member)
        self._working = asyncio.create_task(self._session.run())

    async def _end_session(self) -> None:
        """Finish the running batch, or give it up when that takes too long."""
        # One at a time: who closes while partitions are given up must wait for that too.
        async with self._ending:
            session, self._session = self._session, None
            working, self._working = self._working, None
            if session is not None and working is not None:
                await self._end(session, working)

    async def _end(self, session: Session, working: asyncio.Task[None]) -> None:
        session.stop()
        await asyncio.wait({working}, timeout=self._revoke_seconds)
        if not working.done():
            log.warning("running batch given up: its partitions are wanted")
            working.cancel()
            await asyncio.wait({working})
        if not working.cancelled() and (error := working.exception()):
            log.error("session ended by a fault", exc_info=error)

    # --- polling -------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        """Drain the client soon: it fetches nothing from a broker whose records wait to be drained.

        Polling never stops, even when the inbox is full and nothing is fetched: the group throws out members
        that do not poll. Raises KafkaError when it goes on failing: such a consumer is to be replaced.
        """
        while True:
            self._check_on_session()
            if self._session:
                await self._session.intake.keep_in_bounds()
            fetched = await self._polling.poll()
            if self._session:
                self._session.intake.accept(fetched)
            if fetched and self._session:
                await self._session.intake.let_some_gather()

    def _check_on_session(self) -> None:
        """Raise what ended the session, if it ended by itself: it must not leave its partitions undone."""
        if self._working is not None and self._working.done() and not self._working.cancelled():
            self._working.result()

    # --- what probes and metrics ask -----------------------------------------------------------------

    def not_ready_because(self) -> list[str]:
        """Why no trigger can be executed just now; nothing when it can. Having no partition is fine."""
        if membership(self._consumer) is None:
            return ["not yet a member of the consumer group", *self._polling.not_ready_because()]
        if not self._was_assigned:
            return ["the group has not shared out its partitions yet", *self._polling.not_ready_because()]
        reasons = self._session.not_ready_because() if self._session else []
        return reasons + self._polling.not_ready_because()

    async def check_access(self, rights: Collection[Right]) -> None:
        """Raises KafkaError when no broker answers, RightsMissingError, TopicsMissingError."""
        await check_access(self._consumer, rights)

    def assigned_count(self) -> int:
        return len(self._session.intake.partitions) if self._session else 0

    def oldest_unprocessed_seconds(self) -> float:
        oldest = self._session.backlog.oldest_timestamp() if self._session else None
        return max(0.0, time() - oldest / 1000) if oldest is not None else 0.0

    def lag(self) -> Lag:
        return self._session.lag() if self._session else {}

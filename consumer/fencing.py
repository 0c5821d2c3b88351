"""KIP-447 for aiokafka: a transaction's offsets count only while their consumer is still in the group.

aiokafka 0.14 sends TxnOffsetCommit v0, which names no group member, and OffsetFetch v3, which cannot ask for
stable offsets. A paused process could so commit after its partitions had moved, and the new owner could start
from an offset about to change. The two newer request versions below close both gaps. This is the only file
that touches aiokafka's internals (ADR 0003); its contract tests are tests/integration/test_fencing.py.
"""
# ruff: noqa: SLF001

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, errors
from aiokafka.client import CoordinationType
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.producer import sender
from aiokafka.producer.transaction_manager import TransactionManager, TransactionState
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.transaction import TxnOffsetCommitResponse_v0
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)
from aiokafka.structs import OffsetAndMetadata, TopicPartition

if not aiokafka.__version__.startswith("0.14."):
    raise ImportError(
        f"consumer/fencing.py is written for the internals of aiokafka 0.14, not {aiokafka.__version__}: "
        "install aiokafka==0.14.*, or check this file against the new version with its contract tests"
    )
if not __debug__:
    raise ImportError("aiokafka guards its transaction states with assert: run Python without -O")

ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS, FENCED_INSTANCE_ID = 22, 25, 27, 82
STALE_MEMBERSHIP = {ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS, FENCED_INSTANCE_ID}
UNSTABLE_OFFSET_COMMIT, PRODUCER_FENCED = 88, 90

# While the coordinator writes the markers of one transaction, it answers CONCURRENT_TRANSACTIONS to the next.
# That takes about a millisecond; aiokafka waits 20 (p99 of small batches 104 ms, with this wait 26 ms).
CONCURRENT_TRANSACTIONS_BACKOFF = 0.002
COORDINATOR_BACKOFF = 0.02


class StaleMembership(errors.KafkaError):
    """The consumer is no longer the member that read these records: abort the transaction, drop the batch."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Who the coordinator says a consumer is. Capture it with the records it shall vouch for."""

    group_id: str
    generation_id: int
    member_id: str
    group_instance_id: str | None = None


def membership(consumer: AIOKafkaConsumer) -> Membership | None:
    """Return the consumer's membership as of now; None while it is in no generation of its group."""
    group: Any = consumer._coordinator
    # The broker takes generation -1 for a caller that wants no fencing: it must never be used as a membership.
    if not isinstance(group, GroupCoordinator) or group.generation < 0 or not group.member_id:
        return None
    return Membership(group.group_id, group.generation, group.member_id, group._group_instance_id)


class FencedProducer(AIOKafkaProducer):
    """A transactional producer that can tie the offsets of a transaction to a membership."""

    def __init__(self, *, transactional_id: str, **settings: Any) -> None:
        super().__init__(transactional_id=transactional_id, **settings)
        plain = self._sender
        self._txn_manager = _Transactions(transactional_id, self._txn_manager.transaction_timeout_ms)
        self._message_accumulator._txn_manager = self._txn_manager
        self._sender = _FencingSender(
            self.client,
            acks=plain._acks,
            txn_manager=self._txn_manager,
            message_accumulator=self._message_accumulator,
            retry_backoff_ms=plain._retry_backoff * 1000,
            request_timeout_ms=plain._request_timeout_ms,
        )

    async def send_offsets_fenced(
        self, offsets: Mapping[TopicPartition, int], membership: Membership
    ) -> None:
        """Add next offsets to the transaction, on the condition that the membership still stands.

        Raises StaleMembership if it does not: then only abort_transaction() is possible, after which the
        producer works on. The condition holds until the commit: a later owner waits in stable_offsets().
        """
        self._ensure_transactional()
        if not self._txn_manager.is_in_transaction():
            raise errors.IllegalOperation("Not in the middle of a transaction")
        if membership.generation_id < 0 or not membership.member_id:
            raise ValueError(f"{membership} would switch fencing off")
        if offsets:  # the sender would spin on an empty request for ever
            pending = _FencedOffsets(offsets, membership)
            await asyncio.shield(self._txn_manager.add_offsets_to_txn(pending, membership.group_id))

    async def abandon(self) -> None:
        """Close at once, whatever is buffered, open or unanswered; stop() may wait for the broker for ever.

        The transaction stays open until the next producer of this transactional.id starts, or it times out.
        """
        self._closed = True
        await self._sender.abandon()
        self._message_accumulator.fail_all(errors.ProducerClosed())
        await self.client.close()


async def stable_offsets(
    consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]
) -> dict[TopicPartition, int | None]:
    """Return the committed offsets (None: none yet) once no open transaction can change them.

    Waits without limit for a previous owner's transaction and for a coordinator that is away.
    Raises ConsumerStoppedError, and errors that waiting does not mend.
    """
    offsets: dict[TopicPartition, int | None] = dict.fromkeys(partitions)
    if not offsets:
        return offsets
    while True:
        response = await _ask_coordinator(consumer, OffsetFetchRequest(consumer._group_id, offsets))
        found = {
            TopicPartition(topic, partition): (offset, code)
            for topic, rows, _ in response.topics
            for partition, offset, _, _, code, _ in rows
        }
        codes = {response.error_code, *(code for _, code in found.values())}
        if not _must_retry(consumer, codes):
            return offsets | {tp: offset if offset >= 0 else None for tp, (offset, _) in found.items()}
        await asyncio.sleep(COORDINATOR_BACKOFF)


async def is_member(consumer: AIOKafkaConsumer, membership: Membership) -> bool:
    """Ask the coordinator whether the membership stands and no rebalance has begun (a Heartbeat).

    While the consumer itself is rejoining, the answer comes when it has joined: one connection carries both.
    """
    heartbeat = HeartbeatRequest(membership.group_id, membership.generation_id, membership.member_id)
    while True:
        try:
            code = (await _ask_coordinator(consumer, heartbeat)).error_code
        except errors.ConsumerStoppedError:
            return False
        if code in STALE_MEMBERSHIP:
            return False
        if not _must_retry(consumer, {code}):
            return True
        await asyncio.sleep(COORDINATOR_BACKOFF)


async def _ask_coordinator(consumer: AIOKafkaConsumer, request: Request[Any]) -> Any:
    group: Any = consumer._coordinator
    while not group._closing.done():
        await group.ensure_coordinator_known()
        try:
            return await group._send_req(request)
        except errors.KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(COORDINATOR_BACKOFF)
    raise errors.ConsumerStoppedError


def _must_retry(consumer: AIOKafkaConsumer, codes: set[int]) -> bool:
    """Tell whether any of the codes asks to wait; raise the first that no waiting mends."""
    failures = [errors.for_code(code) for code in codes - {0, UNSTABLE_OFFSET_COMMIT}]
    for failure in failures:
        if not failure.retriable:
            raise failure
    if {errors.NotCoordinatorError, errors.CoordinatorNotAvailableError} & set(failures):
        coordinator: Any = consumer._coordinator
        coordinator.coordinator_dead()
    return codes != {0}


class _FencedOffsets(dict[TopicPartition, OffsetAndMetadata]):
    """The pending offsets of aiokafka's transaction manager, with the membership that vouches for them."""

    def __init__(self, offsets: Mapping[TopicPartition, int], membership: Membership) -> None:
        super().__init__({tp: OffsetAndMetadata(offset, "") for tp, offset in offsets.items()})
        self.membership = membership


class _Transactions(TransactionManager):
    def error_transaction(self, exc: Exception) -> None:
        """Fail the transaction, but remember what it holds.

        aiokafka forgets it here, and so takes the transaction for empty and never tells the broker of the abort:
        the next transaction would commit this one's records as its own.
        """
        aborting = self.state == TransactionState.ABORTING_TRANSACTION
        waiter, partitions, group_id = (
            self._transaction_waiter,
            self._txn_partitions.copy(),
            self._txn_consumer_group,
        )
        super().error_transaction(exc)

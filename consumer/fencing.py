"""KIP-447 for aiokafka: a transaction's offsets count only while their consumer is still in the group.

aiokafka 0.14 sends TxnOffsetCommit v0, which names no group member, and OffsetFetch v3, which cannot ask for
stable offsets. A paused process could so commit after its partitions had moved, and the new owner could start
from an offset about to change. The two newer request versions below close both gaps. This is the only file
that touches aiokafka's internals (ADR 0003); its contract tests are tests/integration/test_fencing.py.
"""
# aiokafka has no types, and what is private there is what this file is about; wire names carry their version.
# ruff: noqa: ANN401, N801, SLF001
# mypy: allow-untyped-calls

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, errors
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.producer import sender
from aiokafka.producer.transaction_manager import TransactionManager, TransactionState
from aiokafka.protocol import types as wire
from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.transaction import TxnOffsetCommitResponse_v0
from aiokafka.structs import OffsetAndMetadata, TopicPartition

if not aiokafka.__version__.startswith("0.14."):
    raise ImportError(
        f"consumer/fencing.py is written for the internals of aiokafka 0.14, not {aiokafka.__version__}: "
        "install aiokafka==0.14.*, or check this file against the new version with its contract tests"
    )
if not __debug__:
    raise ImportError("aiokafka guards its transaction states with assert: run Python without -O")

# Kafka's error codes; not all of them are known to aiokafka.
STALE_MEMBERSHIP = {
    22,  # ILLEGAL_GENERATION
    25,  # UNKNOWN_MEMBER_ID
    27,  # REBALANCE_IN_PROGRESS
    82,  # FENCED_INSTANCE_ID
}
UNSTABLE_OFFSET_COMMIT = 88
IN_V0 = {
    51: 14,  # CONCURRENT_TRANSACTIONS is to be waited for, as COORDINATOR_LOAD_IN_PROGRESS is
    90: 47,  # PRODUCER_FENCED was INVALID_PRODUCER_EPOCH
}

# While the coordinator writes the markers of one transaction, it answers CONCURRENT_TRANSACTIONS to the next.
# That takes about a millisecond; aiokafka waits 20 (p99 of small batches 104 ms, with this wait 26 ms).
CONCURRENT_TRANSACTIONS_BACKOFF = 0.002
COORDINATOR_BACKOFF = 0.02
NO_TAGS: dict[int, bytes] = {}


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
    # To the broker, generation -1 is a caller that wants no fencing: it must never be used as a membership.
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
        self._sender: Any = _FencingSender(
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
    topics = [(topic, [tp.partition for tp in tps], NO_TAGS) for topic, tps in _by_topic(partitions)]
    request = _OneVersion(OffsetFetchRequest_v7(consumer._group_id, topics, True, NO_TAGS))  # noqa: FBT003
    while True:
        response = await _ask_coordinator(consumer, request)
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


async def _ask_coordinator(consumer: AIOKafkaConsumer, request: Any) -> Any:
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
        group: Any = consumer._coordinator
        group.coordinator_dead()
    return codes != {0}


class _FencedOffsets(dict[TopicPartition, OffsetAndMetadata]):
    """The pending offsets of aiokafka's transaction manager, with the membership that vouches for them."""

    def __init__(self, offsets: Mapping[TopicPartition, int], membership: Membership) -> None:
        super().__init__({tp: OffsetAndMetadata(offset, "") for tp, offset in offsets.items()})
        self.membership = membership


class _Transactions(TransactionManager):
    def error_transaction(self, exc: Exception) -> None:
        """Fail the pending offsets and leave only the abort open.

        aiokafka also forgets here what the transaction holds, takes it for empty and never tells the broker
        of the abort: the next transaction would commit this one's records as its own.
        """
        self._pending_txn_partitions.clear()
        for _, _, sent in self._pending_txn_offsets:
            _fail(sent, exc)
        self._pending_txn_offsets.clear()
        if self.state is not TransactionState.ABORTING_TRANSACTION:
            self._transition_to(TransactionState.ABORTABLE_ERROR)
            _fail(self._transaction_waiter, exc)

    def fatal_error(self, exc: Exception) -> None:
        super().fatal_error(exc)
        _mark_as_seen(self._transaction_waiter)


def _fail(future: Any, error: Exception) -> None:
    future.set_exception(error)
    _mark_as_seen(future)


def _mark_as_seen(future: Any) -> None:
    """Keep asyncio from logging "never retrieved": nobody need be waiting any more."""
    future.exception()


class _FencingSender(sender.Sender):
    def __init__(self, client: AIOKafkaClient, **settings: Any) -> None:
        super().__init__(client, **settings)
        self._requests: set[asyncio.Task[Any]] = set()

    async def abandon(self) -> None:
        if self._sender_task is None:
            return
        self._sender_task.cancel()  # it starts no more requests, and waits for those it has
        await asyncio.sleep(0)  # a request just started comes to put itself on the list
        for request in self._requests:
            request.cancel()
        await asyncio.wait({self._sender_task, *self._requests})

    def _maybe_do_transactional_request(self) -> Any:
        request = super()._maybe_do_transactional_request()
        return request and self._listed(request)

    async def _send_produce_req(self, node_id: int, batches: Any) -> None:
        self._listed(asyncio.current_task())
        await super()._send_produce_req(node_id, batches)

    def _listed(self, request: Any) -> Any:
        self._requests.add(request)
        request.add_done_callback(self._requests.discard)
        return request

    async def _do_add_partitions_to_txn(self, tps: set[TopicPartition]) -> Any:
        coordinator = await self._find_coordinator(
            CoordinationType.TRANSACTION, self._txn_manager.transactional_id
        )
        return await _PromptAddPartitionsHandler(self, tps).do(coordinator)

    async def _do_txn_offset_commit(self, offsets: Mapping[TopicPartition, Any], group_id: str) -> None:
        if not isinstance(offsets, _FencedOffsets):
            await super()._do_txn_offset_commit(offsets, group_id)
            return
        try:
            coordinator = await self._find_coordinator(CoordinationType.GROUP, group_id)
        except errors.GroupAuthorizationFailedError as error:
            self._txn_manager.error_transaction(error)
            return
        await _FencedOffsetCommitHandler(self, offsets, group_id).do(coordinator)


class _PromptAddPartitionsHandler(sender.AddPartitionsToTxnHandler):
    def handle_response(self, resp: Any) -> Any:
        backoff = super().handle_response(resp)
        return CONCURRENT_TRANSACTIONS_BACKOFF if backoff == sender.BACKOFF_OVERRIDE else backoff


class _FencedOffsetCommitHandler(sender.TxnOffsetCommitHandler):
    def create_request(self) -> "_OneVersion":
        transactions = self._sender._txn_manager
        topics = [
            (topic, [(tp.partition, self._offsets[tp].offset, -1, "", NO_TAGS) for tp in tps], NO_TAGS)
            for topic, tps in _by_topic(self._offsets)
        ]
        request = TxnOffsetCommitRequest_v3(
            **asdict(self._offsets.membership),
            transactional_id=transactions.transactional_id,
            producer_id=transactions.producer_id,
            producer_epoch=transactions.producer_epoch,
            topics=topics,
            tags=NO_TAGS,
        )
        return _OneVersion(request)

    def handle_response(self, resp: Any) -> Any:
        codes = {code for _, rows, _ in resp.topics for _, code, _ in rows}
        if stale := codes & STALE_MEMBERSHIP:
            error = StaleMembership(f"{self._offsets.membership} no longer stands (error {min(stale)})")
            self._sender._txn_manager.error_transaction(error)
            return None
        # All other codes are aiokafka's business; it knows them in the shape of v0.
        topics = [
            (topic, [(partition, IN_V0.get(code, code)) for partition, code, _ in rows])
            for topic, rows, _ in resp.topics
        ]
        return super().handle_response(TxnOffsetCommitResponse_v0(resp.throttle_time_ms, topics))


# The wire, from Apache Kafka's clients/src/main/resources/common/message/*.json.

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
class _OneVersion:
    """Stands where aiokafka expects a Request, which chooses among versions: older ones would not fence."""

    struct: RequestStruct

    def prepare(self, versions: dict[int, tuple[int, int]]) -> RequestStruct:
        lowest, highest = versions.get(self.struct.API_KEY, (0, -1))
        if not lowest <= self.struct.API_VERSION <= highest:
            raise errors.IncompatibleBrokerVersion(f"{type(self.struct).__name__} needs Kafka 2.5 or newer")
        return self.struct


def _by_topic(partitions: Iterable[TopicPartition]) -> Any:
    return [(topic, list(tps)) for topic, tps in groupby(sorted(partitions), key=lambda tp: tp.topic)]

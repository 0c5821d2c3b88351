"""What FencedProducer puts in place of aiokafka's sender and transaction manager."""
# aiokafka has no types, and what is private there is what this package is about.
# ruff: noqa: ANN401, SLF001
# mypy: allow-untyped-calls

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiokafka import errors
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.producer import sender
from aiokafka.producer.transaction_manager import TransactionManager, TransactionState
from aiokafka.protocol.transaction import TxnOffsetCommitResponse_v0
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from consumer.kafka.fencing.membership import Membership, StaleMembership
from consumer.kafka.fencing.protocol import (
    NO_TAGS,
    STALE_MEMBERSHIP,
    OneVersion,
    TxnOffsetCommitRequest_v3,
    by_topic,
)

# Error codes that TxnOffsetCommit v0 did not have, as the ones it had.
IN_V0 = {
    51: 14,  # CONCURRENT_TRANSACTIONS is to be waited for, as COORDINATOR_LOAD_IN_PROGRESS is
    90: 47,  # PRODUCER_FENCED was INVALID_PRODUCER_EPOCH
}

# While the coordinator writes the markers of one transaction, it answers CONCURRENT_TRANSACTIONS to the next.
# That takes about a millisecond; aiokafka waits 20 (p99 of small batches 104 ms, with this wait 26 ms).
CONCURRENT_TRANSACTIONS_BACKOFF = 0.002


class FencedOffsets(dict[TopicPartition, OffsetAndMetadata]):
    """The pending offsets of aiokafka's transaction manager, with the membership that vouches for them."""

    def __init__(self, offsets: Mapping[TopicPartition, int], membership: Membership) -> None:
        super().__init__({tp: OffsetAndMetadata(offset, "") for tp, offset in offsets.items()})
        self.membership = membership


class Transactions(TransactionManager):
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
        mark_as_seen(self._transaction_waiter)


def _fail(future: Any, error: Exception) -> None:
    future.set_exception(error)
    mark_as_seen(future)


def mark_as_seen(future: Any) -> None:
    """Keep asyncio from logging "never retrieved": nobody need be waiting any more."""
    if future.done() and not future.cancelled():
        future.exception()


class FencingSender(sender.Sender):
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
        if not isinstance(offsets, FencedOffsets):
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
    def create_request(self) -> "OneVersion":
        transactions = self._sender._txn_manager
        topics = [
            (topic, [(tp.partition, self._offsets[tp].offset, -1, "", NO_TAGS) for tp in tps], NO_TAGS)
            for topic, tps in by_topic(self._offsets)
        ]
        request = TxnOffsetCommitRequest_v3(
            **asdict(self._offsets.membership),
            transactional_id=transactions.transactional_id,
            producer_id=transactions.producer_id,
            producer_epoch=transactions.producer_epoch,
            topics=topics,
            tags=NO_TAGS,
        )
        return OneVersion(request)

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

"""A transactional producer that ties a transaction's offsets to a membership, and can be thrown away."""
# aiokafka has no types, and what is private there is what this package is about.
# ruff: noqa: ANN401, SLF001
# mypy: allow-untyped-calls

import asyncio
from collections.abc import Mapping
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaProducer, errors
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import TopicPartition

from consumer.kafka.fencing.membership import Membership
from consumer.kafka.fencing.transactions import FencedOffsets, FencingSender, Transactions, mark_as_seen


class FencedProducer(AIOKafkaProducer):
    """A transactional producer that can tie the offsets of a transaction to a membership."""

    def __init__(self, *, transactional_id: str, **settings: Any) -> None:
        super().__init__(transactional_id=transactional_id, **settings)
        plain = self._sender
        self._txn_manager = Transactions(transactional_id, self._txn_manager.transaction_timeout_ms)
        self._message_accumulator._txn_manager = self._txn_manager
        self._sender: Any = FencingSender(
            self.client,
            acks=plain._acks,
            txn_manager=self._txn_manager,
            message_accumulator=self._message_accumulator,
            retry_backoff_ms=plain._retry_backoff * 1000,
            request_timeout_ms=plain._request_timeout_ms,
        )

    def new_batch(self, bytes_max: int) -> Any:
        """As create_batch(), for a topic that takes no more than this; its first record may be larger."""
        accumulator = self._message_accumulator
        return BatchBuilder(
            min(bytes_max, accumulator._batch_size), accumulator._compression_type, is_transactional=True
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
            pending = FencedOffsets(offsets, membership)
            await asyncio.shield(self._txn_manager.add_offsets_to_txn(pending, membership.group_id))

    async def abandon(self) -> None:
        """Close at once, whatever is buffered, open or unanswered; stop() may wait for the broker for ever.

        The transaction stays open until the next producer of this transactional.id starts, or it times out.
        """
        self._closed = True
        await self._sender.abandon()
        self._fail_all_batches()
        await self.client.close()

    def _fail_all_batches(self) -> None:
        accumulator = self._message_accumulator
        batches = [*chain.from_iterable(accumulator._batches.values()), *accumulator._pending_batches]
        accumulator.fail_all(errors.ProducerClosed())
        for batch in batches:
            for future in (batch.future, batch._drain_waiter):
                mark_as_seen(future)

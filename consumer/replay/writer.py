"""The writer of resolutions: a fixed transactional.id, so that there is never more than one."""
# mypy: allow-untyped-calls

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from aiokafka import errors
from aiokafka.structs import TopicPartition

from consumer.kafka.access import check_rights
from consumer.kafka.cluster import ANSWER_SECONDS, Cluster
from consumer.kafka.fencing import FencedProducer
from consumer.kafka.producing import send_in_batches, transactional_producer
from consumer.kafka.rights import replay_id, transactional
from consumer.kafka.rights import writing as writing_to
from consumer.replay.errors import TakenOverError
from consumer.replay.outgoing import ReplayRecord


class Writer:
    """Commits records all or nothing, until another writer of the installation begins."""

    def __init__(self, cluster: Cluster, producer: FencedProducer, seconds: float) -> None:
        self._cluster = cluster
        self._producer = producer
        self._seconds = seconds

    async def commit(self, records: Iterable[ReplayRecord]) -> None:
        """Raises TakenOverError, NoAnswerError (it may or may not have happened), or a KafkaError.

        After any of them the writer is of no more use. A cancelled commit is finished before: left open, its
        transaction would hold back everyone who reads these topics.
        """
        committing = asyncio.ensure_future(self._commit(list(records)))
        try:
            await asyncio.shield(committing)
        except asyncio.CancelledError:
            await asyncio.wait({committing})
            # Retrieved, so that asyncio does not complain: the caller that cancelled needs no answer.
            committing.exception()
            raise
        except (errors.ProducerFenced, errors.InvalidProducerEpoch):
            raise TakenOverError from None

    async def _commit(self, records: Sequence[ReplayRecord]) -> None:
        with self._cluster.answering("replaying"):
            # A transaction that takes longer is aborted by its coordinator.
            async with asyncio.timeout(self._seconds):
                await self._producer.begin_transaction()
                await self._send(records)
                await self._producer.commit_transaction()

    async def _send(self, records: Sequence[ReplayRecord]) -> None:
        by_partition: dict[TopicPartition, list[ReplayRecord]] = defaultdict(list)
        for record in records:
            by_partition[TopicPartition(record.destination.topic, record.partition)].append(record)
        sent = [
            future
            for partition, records in by_partition.items()
            for future in await send_in_batches(
                self._producer, partition, records, records[0].destination.batch_bytes_max
            )
        ]
        # A failed send does not fail the transaction: every one is looked at.
        for error in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(error, BaseException):
                raise error


@asynccontextmanager
async def writing(cluster: Cluster) -> AsyncIterator[Writer]:
    """Begin to write: an earlier writer is fenced, its open transaction aborted or, if committed, completed.

    So what is read from now on is all that was ever done.
    """
    async with cluster.admin() as admin:
        await check_rights(
            admin, [*writing_to(cluster.topics.resolutions), transactional(replay_id(cluster.topics))]
        )
    producer = transactional_producer(
        {**cluster.options, **cluster.producer_options},
        replay_id(cluster.topics),
        cluster.transaction_timeout_ms,
    )
    try:
        with cluster.answering("waiting for the end of a former replay"):
            async with asyncio.timeout(ANSWER_SECONDS):
                await producer.start()
        yield Writer(cluster, producer, cluster.transaction_timeout_ms / 1000)
    finally:
        await producer.abandon()

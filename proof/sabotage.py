"""Switches off one protection in this process, to see whether the proof would notice.

It puts something else in the place of the engine's own parts. The engine has no handle for it: only the
proof's worker, told so by `clarion prove --sabotage`, comes here.
"""
# The parts that do nothing take what those in whose place they are take; and aiokafka has no types.
# ruff: noqa: ANN401
# mypy: allow-untyped-calls

from collections.abc import Callable, Collection, Iterable, Mapping
from types import ModuleType
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

import consumer.app
import consumer.exactly_once.gate
from consumer.exactly_once.fault_points import NO_FAULT_POINTS
from consumer.exactly_once.transaction import Transactor
from consumer.kafka.fencing import FencedProducer, Membership
from consumer.kafka.record import Outgoing
from consumer.store.batch import DatabaseBatchStore
from consumer.store.database import Database
from consumer.store.partitions import StoredPartition
from consumer.store.work import Work, Written


class GrantingStore(DatabaseBatchStore):
    """Whoever asks gets the claim, whosever it is."""

    async def write(self, work: Work) -> Written:
        return Written((await super().write(work)).profiles, {})


class SplitTransactor(Transactor):
    """Records and offsets in a transaction each: who dies between them does it all again."""

    async def commit(
        self,
        outgoing: Iterable[Outgoing],
        offsets: Mapping[TopicPartition, int],
        membership: Membership,
        still_valid: Callable[[], bool] = lambda: True,
    ) -> None:
        await super().commit(outgoing, {}, membership, still_valid)
        # Of the second nothing is told: whoever dies at "committed" dies between the two.
        fault_points, self._fault_points = self._fault_points, NO_FAULT_POINTS
        await super().commit((), offsets, membership)
        self._fault_points = fault_points


class UnfencedTransactor(Transactor):
    """Offsets from whoever sends them, as aiokafka does by itself."""

    async def _run(self, producer: FencedProducer, *batch: Any) -> None:
        async def unfenced(offsets: Mapping[TopicPartition, int], membership: Membership) -> None:
            await producer.send_offsets_to_transaction(offsets, membership.group_id)

        producer.send_offsets_fenced = unfenced  # type: ignore[method-assign]
        await super()._run(producer, *batch)


async def plain_offsets(
    client: AIOKafkaConsumer, partitions: Collection[TopicPartition]
) -> dict[TopicPartition, int | None]:
    """Whatever is committed as of now, an open transaction or not."""
    return {partition: await client.committed(partition) for partition in partitions}


async def same_epochs(
    database: Database, group_id: str, topic: str, partitions: Collection[int]
) -> dict[int, StoredPartition]:
    """Everybody has the same, and nobody is ever late."""
    async with database.connection() as connection:
        await connection.execute(
            """
            INSERT INTO partitions (group_id, topic, partition, epoch)
            SELECT $1, $2, partition, 0 FROM unnest($3::int[]) AS partition ORDER BY partition
            ON CONFLICT DO NOTHING
            """,
            group_id,
            topic,
            sorted(partitions),
        )
    return {partition: StoredPartition(0, None, None) for partition in partitions}


async def always_member(*_: object) -> bool:
    return True


SABOTAGES: dict[str, list[tuple[ModuleType, str, object]]] = {
    "claims": [(consumer.app, "DatabaseBatchStore", GrantingStore)],
    "transactions": [(consumer.app, "Transactor", SplitTransactor)],
    "gate": [
        (consumer.app, "Transactor", UnfencedTransactor),
        (consumer.exactly_once.gate, "stable_offsets", plain_offsets),
        (consumer.exactly_once.gate, "raise_epochs", same_epochs),
        (consumer.exactly_once.gate, "is_member", always_member),
    ],
}


def commit(sabotage: str) -> None:
    for module, name, instead in SABOTAGES[sabotage]:
        setattr(module, name, instead)

"""For each partition of a group: who may write (epoch), and how far it was tried and acknowledged."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from consumer.store.database import Database


class EpochSuperseded(Exception):  # noqa: N818 - an event of the protocol, not a fault
    """Another process has taken over a partition of this batch: drop it, look at ownership again."""


@dataclass(frozen=True, slots=True)
class StoredPartition:
    """What the database knows of a partition. The offsets are next offsets; None if there is none yet."""

    epoch: int
    attempted_offset: int | None
    """Records below it may have claims and profiles of an earlier try."""
    acknowledged_offset: int | None
    """Records below it are executed, whatever the broker says."""


async def raise_epochs(
    database: Database, group_id: str, topic: str, partitions: Collection[int]
) -> dict[int, StoredPartition]:
    """Take the partitions over: from now on every batch prepared under an older epoch is refused."""
    async with database.transaction() as connection:
        rows = await connection.fetch(
            """
            INSERT INTO partitions AS p (group_id, topic, partition, epoch)
            SELECT $1, $2, partition, 1 FROM unnest($3::int[]) AS partition ORDER BY partition
            ON CONFLICT (group_id, topic, partition)
            DO UPDATE SET epoch = p.epoch + 1, updated_at = now()
            RETURNING partition, epoch, attempted_offset, acknowledged_offset
            """,
            group_id,
            topic,
            sorted(partitions),
        )
    return {
        row["partition"]: StoredPartition(row["epoch"], row["attempted_offset"], row["acknowledged_offset"])
        for row in rows
    }


async def acknowledge(
    database: Database, group_id: str, topic: str, epochs: Mapping[int, int], offsets: Mapping[int, int]
) -> None:
    """Store the next offsets whose transaction is committed; for partitions that moved on, nothing happens.

    The rows are locked in the order in which a batch's claiming locks them: else the two deadlock.
    """
    partitions = sorted(offsets)
    async with database.connection() as connection:
        await connection.execute(
            """
            UPDATE partitions AS p
            SET acknowledged_offset = mine.acknowledged, updated_at = now()
            FROM (
                SELECT p.partition, mine.acknowledged
                FROM unnest($3::int[], $4::bigint[], $5::bigint[]) AS mine (partition, epoch, acknowledged)
                JOIN partitions AS p ON p.group_id = $1 AND p.topic = $2 AND p.partition = mine.partition
                WHERE p.epoch = mine.epoch
                ORDER BY p.partition
                FOR UPDATE OF p
            ) AS mine
            WHERE p.group_id = $1 AND p.topic = $2 AND p.partition = mine.partition
            """,
            group_id,
            topic,
            partitions,
            [epochs[partition] for partition in partitions],
            [offsets[partition] for partition in partitions],
        )

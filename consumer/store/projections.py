"""The projections: tables made from topics, with how far each was read written in the same transaction.

There is one projector at a time. Its connection holds a lock that PostgreSQL gives back when it is gone; and
every transaction compares the offsets it goes on from with those stored, so that even two could do no harm.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from consumer.kafka.record import Partition
from consumer.store.database import Connection, Database, DedicatedConnection
from consumer.store.dead_letters import StoredDeadLetter, insert_dead_letters, mark_open
from consumer.store.errors import translated
from consumer.store.executions import StoredExecution, insert_executions
from consumer.store.registry import AnyConnection
from consumer.store.resolutions import Letter, StoredResolution, withdraw_resolutions, write_resolutions

Move = tuple[int, int]
"""Next offsets: the one that is stored, and the one to be stored."""

_LOCK: Final = 0x50726F6A656374  # "Project"
# A projector whose machine is gone says no goodbye: its lock is free after about half a minute.
_KEEPALIVE: Final = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
}


class ProjectionMoved(Exception):  # noqa: N818 - an event, answered by reading the offsets anew
    """The stored offsets are not those the batch goes on from: the projections were emptied, or advanced."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction adds."""

    executions: Sequence[StoredExecution]
    dead_letters: Sequence[StoredDeadLetter]
    resolutions: Mapping[Letter, StoredResolution | None]
    """None where the resolution was taken back."""
    moves: Mapping[Partition, Move]


@asynccontextmanager
async def projector_connection(database: Database) -> AsyncIterator[DedicatedConnection]:
    """A connection on which `take_over` can be asked for."""
    async with database.dedicated_connection() as connection:
        for name, value in _KEEPALIVE.items():
            await connection.execute("SELECT set_config($1, $2, false)", name, value)
        yield connection


async def take_over(connection: DedicatedConnection) -> bool:
    """Become the projector, as long as the connection lasts; False while another is."""
    with translated():
        return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK))


@asynccontextmanager
async def projecting(connection: DedicatedConnection) -> AsyncIterator[None]:
    """One transaction of the projector."""
    with translated():
        async with connection.transaction():
            yield


async def write_batch(connection: DedicatedConnection, batch: Batch) -> None:
    """Add the batch and move the offsets, or neither. Raises ProjectionMoved."""
    async with projecting(connection):
        await _move(connection, batch.moves)
        await insert_executions(connection, batch.executions)
        await insert_dead_letters(connection, batch.dead_letters)
        resolutions = batch.resolutions
        await withdraw_resolutions(connection, [key for key, said in resolutions.items() if said is None])
        await write_resolutions(connection, [said for said in resolutions.values() if said is not None])
        await mark_open(connection, {*resolutions, *(letter.letter for letter in batch.dead_letters)})


async def _move(connection: DedicatedConnection, moves: Mapping[Partition, Move]) -> None:
    rows = [(*partition, *moves[partition]) for partition in sorted(moves)]
    status = await connection.execute(
        """
        UPDATE projection_offsets AS p SET next_offset = m.after, updated_at = now()
        FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS m (topic, partition, before, after)
        WHERE p.topic = m.topic AND p.partition = m.partition AND p.next_offset = m.before
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )
    if status != f"UPDATE {len(rows)}":
        raise ProjectionMoved("the projections were emptied, or advanced by another projector")


async def read_offsets(connection: AnyConnection) -> dict[Partition, int]:
    """The next offset of every partition that the projections know; records below it are projected."""
    with translated():
        rows = await connection.fetch("SELECT topic, partition, next_offset FROM projection_offsets")
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def add_partition(connection: DedicatedConnection, partition: Partition, offset: int) -> None:
    """Begin with a partition that the projections do not know."""
    with translated():
        await connection.execute("INSERT INTO projection_offsets VALUES ($1, $2, $3)", *partition, offset)


async def remove_partition(connection: DedicatedConnection, partition: Partition) -> None:
    """Forget how far a partition was read; what was made of it must be gone."""
    with translated():
        await connection.execute(
            "DELETE FROM projection_offsets WHERE topic = $1 AND partition = $2", *partition
        )


async def empty_projections(database: Database) -> None:
    """Empty all projections. A projector at work notices, and begins with the topics' beginnings."""
    async with database.transaction() as connection:
        # Locked in this order, which is that of `write_batch`: neither can hold what the other waits for.
        await connection.execute(
            "TRUNCATE projection_offsets, executions, outcome_counts, dead_letters, resolutions"
        )


@asynccontextmanager
async def projection_snapshot(database: Database) -> AsyncIterator[Connection]:
    """A connection on which offsets and rows are of one instant, whatever the projector does meanwhile."""
    async with database.transaction() as connection:
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection

"""How far topics are read into tables: next offsets, moved in the transaction of the rows.

One process at a time does it. Its connection holds a lock that PostgreSQL gives back when it is gone; and
every transaction compares the offsets it goes on from with those stored, so that even two could do no harm.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from consumer.kafka.record import Partition
from consumer.store.database import Database, DedicatedConnection
from consumer.store.errors import translated
from consumer.store.registry import AnyConnection

Move = tuple[int, int]
"""Next offsets: the one that is stored, and the one to be stored."""

# A process whose machine is gone says no goodbye: its lock is free after about half a minute.
_KEEPALIVE: Final = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
}


class OffsetsMoved(Exception):  # noqa: N818 - an event, answered by reading the offsets again
    """The stored offsets are not those the batch goes on from: the tables were emptied, or advanced."""


class Offsets:
    """The table of some topics' next offsets, and the lock of the one process that moves them."""

    def __init__(self, table: str, lock: int) -> None:
        self.table = table
        self._lock = lock

    async def take_over(self, connection: DedicatedConnection) -> bool:
        """Become the one process, as long as the connection lasts; False while another is."""
        with translated():
            return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", self._lock))

    async def read(self, connection: AnyConnection) -> dict[Partition, int]:
        """The next offset of every partition that is known; records below it are read."""
        with translated():
            rows = await connection.fetch(f"SELECT topic, partition, next_offset FROM {self.table}")  # noqa: S608 - our own name
        return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def add(self, connection: DedicatedConnection, partition: Partition, offset: int) -> None:
        """Begin with a partition that is not known."""
        with translated():
            await connection.execute(f"INSERT INTO {self.table} VALUES ($1, $2, $3)", *partition, offset)  # noqa: S608 - our own name

    async def remove(self, connection: DedicatedConnection, partition: Partition) -> None:
        """Forget how far a partition was read."""
        with translated():
            await connection.execute(
                f"DELETE FROM {self.table} WHERE topic = $1 AND partition = $2",  # noqa: S608 - our own name
                *partition,
            )

    async def move(self, connection: AnyConnection, moves: Mapping[Partition, Move]) -> None:
        """Within the caller's transaction. Raises OffsetsMoved."""
        rows = [(*partition, *moves[partition]) for partition in sorted(moves)]
        status = await connection.execute(
            f"""
            UPDATE {self.table} AS p SET next_offset = m.after, updated_at = now()
            FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[])
                AS m (topic, partition, before, after)
            WHERE p.topic = m.topic AND p.partition = m.partition AND p.next_offset = m.before
            """,  # noqa: S608 - our own name
            *(list(column) for column in zip(*rows, strict=True)),
        )
        if status != f"UPDATE {len(rows)}":
            raise OffsetsMoved("the tables were emptied, or advanced by another process")


@asynccontextmanager
async def following_connection(database: Database) -> AsyncIterator[DedicatedConnection]:
    """A connection on which `take_over` can be asked for."""
    async with database.dedicated_connection() as connection:
        for name, value in _KEEPALIVE.items():
            await connection.execute("SELECT set_config($1, $2, false)", name, value)
        yield connection


@asynccontextmanager
async def following(connection: DedicatedConnection) -> AsyncIterator[None]:
    """One transaction of the process that follows."""
    with translated():
        async with connection.transaction():
            yield

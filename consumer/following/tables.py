"""What a process that follows topics makes of them: the part that differs from process to process."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from consumer.kafka.reader import Extent
from consumer.kafka.record import Partition, Record
from consumer.store.ability import Ability
from consumer.store.database import Database, DedicatedConnection
from consumer.store.offsets import Move, Offsets

Skipped = tuple[Record, str]
"""A record of which nothing is made, and why."""


class FollowedTables(Protocol):
    process: str
    """What the process is called in its log: `projector`."""
    made_by: str
    """What is said of tables that were made from other topics, up to their names."""
    work: str
    """What is done, as a noun: `projection`."""
    command: str
    """The command that empties the tables and reads the topics again."""
    topics: Sequence[str]
    """What is read."""
    offsets: Offsets
    ability: Ability

    @property
    def known_topics(self) -> Sequence[str]:
        """What the tables may have been made from before: all that could be read by other settings."""
        return self.topics

    def opened(self) -> AbstractAsyncContextManager[None]:
        """What a session needs besides the database and the topics."""

    async def write(
        self, connection: DedicatedConnection, records: Sequence[Record], moves: Mapping[Partition, Move]
    ) -> Sequence[Skipped]:
        """Write what the records say and move the offsets in one transaction; returns what was skipped.

        Raises OffsetsMoved, and DatabaseDataError when the database refuses a value.
        """

    async def set_aside(self, record: Record, cause: str) -> None:
        """Keep a record that the database refuses, before it is passed over."""

    async def forget(self, connection: DedicatedConnection, partition: Partition) -> None:
        """A topic was recreated or truncated: undo what depends on the partition's old offsets."""

    async def keep_house(self, connection: DedicatedConnection, extents: Mapping[Partition, Extent]) -> bool:
        """Remove one step of what has expired; whether there is more."""

    async def empty(self, database: Database) -> None:
        """Empty the tables and the offsets; a process at work notices."""

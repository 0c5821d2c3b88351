"""The projections: tables made from topics, with how far each was read written in the same transaction."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from consumer.kafka.record import Partition
from consumer.store.database import Connection, Database, DedicatedConnection
from consumer.store.dead_letters import StoredDeadLetter, insert_dead_letters, mark_open
from consumer.store.executions import StoredExecution, insert_executions
from consumer.store.offsets import Move, Offsets
from consumer.store.people import PersonRow, insert_people
from consumer.store.registry import AnyConnection
from consumer.store.resolutions import StoredResolution, withdraw_resolutions, write_resolutions
from schemas.place import LetterPlace

PROJECTED: Final = Offsets("projection_offsets", 0x50726F6A656374)  # "Project"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction adds."""

    executions: Sequence[StoredExecution]
    dead_letters: Sequence[StoredDeadLetter]
    resolutions: Mapping[LetterPlace, StoredResolution | None]
    """None where the resolution was taken back."""
    moves: Mapping[Partition, Move]
    people: Collection[PersonRow] = ()


async def write_batch(connection: DedicatedConnection, batch: Batch) -> None:
    """Add the batch and move the offsets, within the caller's transaction. Raises OffsetsMoved."""
    await PROJECTED.move(connection, batch.moves)
    await insert_executions(connection, batch.executions)
    await insert_people(connection, batch.people)
    await insert_dead_letters(connection, batch.dead_letters)
    resolutions = batch.resolutions
    await withdraw_resolutions(connection, [key for key, said in resolutions.items() if said is None])
    await write_resolutions(connection, [said for said in resolutions.values() if said is not None])
    await mark_open(connection, {*resolutions, *(letter.letter for letter in batch.dead_letters)})


async def read_offsets(connection: AnyConnection) -> dict[Partition, int]:
    """The next offset of every partition that the projections know; records below it are projected."""
    return await PROJECTED.read(connection)


async def empty_projections(database: Database) -> None:
    """Empty all projections. A projector at work notices, and begins with the topics' beginnings."""
    async with database.transaction() as connection:
        # Locked in this order, which is that of `write_batch`: neither can hold what the other waits for.
        await connection.execute(
            "TRUNCATE projection_offsets, executions, outcome_counts, execution_people, report_outcomes, "
            "dead_letters, resolutions"
        )


@asynccontextmanager
async def projection_snapshot(database: Database) -> AsyncIterator[Connection]:
    """A connection on which offsets and rows are of one instant, whatever the projector does meanwhile."""
    async with database.transaction() as connection:
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection

"""Resolutions: what was done about a dead letter. As on the compacted topic, the last one counts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from consumer.store.registry import AnyConnection
from schemas.place import LetterPlace


class StoredResolution(NamedTuple):
    """One resolution; in the order of the table's columns."""

    letter_partition: int
    letter_offset: int
    failed_at: datetime
    """The letter's: a recreated topic uses its offsets again."""
    action: str
    run_id: str
    operator: str
    resolved_at: datetime
    note: str | None
    is_patched: bool
    partition: int
    """Of the resolutions topic."""

    @property
    def letter(self) -> LetterPlace:
        return LetterPlace(self.letter_partition, self.letter_offset)


async def write_resolutions(connection: AnyConnection, resolutions: Sequence[StoredResolution]) -> None:
    """Add them, each in place of an earlier one about the same letter; no letter twice."""
    if not resolutions:
        return
    await connection.execute(
        """
        INSERT INTO resolutions
        SELECT * FROM unnest(
            $1::int[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
            $7::timestamptz[], $8::text[], $9::boolean[], $10::int[])
        ON CONFLICT (letter_partition, letter_offset) DO UPDATE SET
            failed_at = excluded.failed_at, action = excluded.action, run_id = excluded.run_id,
            operator = excluded.operator, resolved_at = excluded.resolved_at, note = excluded.note,
            is_patched = excluded.is_patched, partition = excluded.partition
        """,
        *(list(column) for column in zip(*resolutions, strict=True)),
    )


async def withdraw_resolutions(connection: AnyConnection, letters: Collection[LetterPlace]) -> None:
    """Remove what was said about these letters."""
    if letters:
        await connection.execute(
            """
            DELETE FROM resolutions AS r USING unnest($1::int[], $2::bigint[]) AS given (partition, letter)
            WHERE r.letter_partition = given.partition AND r.letter_offset = given.letter
            """,
            *(list(column) for column in zip(*letters, strict=True)),
        )


async def delete_resolutions_of_partition(
    connection: AnyConnection, partition: int, limit: int
) -> list[LetterPlace]:
    """Remove one step of those that lie on a partition of the resolutions topic; returns their letters."""
    rows = await connection.fetch(
        """
        DELETE FROM resolutions WHERE (letter_partition, letter_offset) IN (
            SELECT letter_partition, letter_offset FROM resolutions WHERE partition = $1 LIMIT $2
        ) RETURNING letter_partition, letter_offset
        """,
        partition,
        limit,
    )
    return [LetterPlace(row["letter_partition"], row["letter_offset"]) for row in rows]


async def delete_resolutions_of_letters(
    connection: AnyConnection, letter_partition: int, below: int, limit: int
) -> int:
    """Remove one step of those about letters that have left their topic."""
    status = await connection.execute(
        """
        DELETE FROM resolutions WHERE letter_partition = $1 AND letter_offset IN (
            SELECT letter_offset FROM resolutions
            WHERE letter_partition = $1 AND letter_offset < $2 ORDER BY letter_offset LIMIT $3
        )
        """,
        letter_partition,
        below,
        limit,
    )
    return int(status.split()[-1])

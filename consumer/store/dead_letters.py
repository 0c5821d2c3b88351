"""Dead letters, as the projector writes them. Their values stay on the topic: those hold secrets."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import orjson

from consumer.store.cursor import Cursor
from consumer.store.registry import AnyConnection
from schemas.json import JsonObject
from schemas.place import LetterPlace, Place
from schemas.reasons import Reason


class StoredDeadLetter(NamedTuple):
    """One dead letter; in the order of the table's columns."""

    partition: int
    offset: int
    failed_at: datetime
    failed_at_text: str
    """As on the wire."""
    reason: str
    reasons: Sequence[str]
    """Of all failures, each once."""
    detail: str
    failures: Sequence[JsonObject] | None
    """None when the whole trigger failed."""
    campaign_id: str | None
    campaign_version: int | None
    request_id: str | None
    attempt: int
    origin_topic: str
    origin_partition: int
    origin_offset: int
    origin_timestamp: int
    """Epoch milliseconds."""
    value_bytes: int | None
    is_open: bool = True
    """Neither replayed nor discarded."""
    release_at: datetime | None = None
    """When it is replayed by itself, if it is."""

    @property
    def letter(self) -> LetterPlace:
        return LetterPlace(self.partition, self.offset)

    @property
    def origin(self) -> Place:
        return Place(self.origin_topic, self.origin_partition, self.origin_offset)

    @property
    def is_held(self) -> bool:
        """Whether it waits for the end of quiet hours."""
        return self.reason == Reason.QUIET_HOURS

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.failed_at, self.partition, self.offset)


_REASONS: Final = StoredDeadLetter._fields.index("reasons")
_FAILURES: Final = StoredDeadLetter._fields.index("failures")


async def insert_dead_letters(connection: AnyConnection, letters: Sequence[StoredDeadLetter]) -> None:
    """Add them; whether they are open is for `mark_open` to say."""
    if not letters:
        return
    columns = [list(column) for column in zip(*letters, strict=True)]
    # As texts: a list of lists would be one array of two dimensions. Reasons are words.
    columns[_REASONS] = [" ".join(letter.reasons) for letter in letters]
    columns[_FAILURES] = [letter.failures and orjson.dumps(letter.failures).decode() for letter in letters]
    await connection.execute(
        """
        INSERT INTO dead_letters
        SELECT partition, record_offset, failed_at, failed_at_text, reason, string_to_array(reasons, ' '),
               detail, failures::jsonb, campaign_id, campaign_version, request_id, attempt,
               origin_topic, origin_partition, origin_offset, origin_timestamp, value_bytes, is_open,
               release_at
        FROM unnest(
            $1::int[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::int[], $11::text[], $12::int[], $13::text[], $14::int[],
            $15::bigint[], $16::bigint[], $17::int[], $18::boolean[], $19::timestamptz[]
        ) AS given (
            partition, record_offset, failed_at, failed_at_text, reason, reasons, detail, failures,
            campaign_id, campaign_version, request_id, attempt,
            origin_topic, origin_partition, origin_offset, origin_timestamp, value_bytes, is_open,
            release_at)
        """,
        *columns,
    )


async def mark_open(connection: AnyConnection, letters: Collection[LetterPlace]) -> None:
    """Say of these letters whether they are open, whichever of letter and resolution came first."""
    if letters:
        await connection.execute(
            """
            WITH states AS (
                SELECT d.partition, d.record_offset, r.letter_offset IS NULL AS is_open
                FROM unnest($1::int[], $2::bigint[]) AS given (partition, record_offset)
                JOIN dead_letters AS d USING (partition, record_offset)
                LEFT JOIN resolutions AS r ON r.letter_partition = d.partition
                    AND r.letter_offset = d.record_offset AND r.failed_at = d.failed_at
            )
            UPDATE dead_letters AS d SET is_open = s.is_open FROM states AS s
            WHERE d.partition = s.partition AND d.record_offset = s.record_offset
              AND d.is_open <> s.is_open
            """,
            *(list(column) for column in zip(*letters, strict=True)),
        )


async def delete_dead_letters(
    connection: AnyConnection, partition: int, below: int | None, limit: int
) -> int:
    """Remove one step of those that lie below an offset (None: all)."""
    status = await connection.execute(
        """
        DELETE FROM dead_letters WHERE partition = $1 AND record_offset IN (
            SELECT record_offset FROM dead_letters
            WHERE partition = $1 AND ($2::bigint IS NULL OR record_offset < $2)
            ORDER BY record_offset LIMIT $3
        )
        """,
        partition,
        below,
        limit,
    )
    return int(status.split()[-1])

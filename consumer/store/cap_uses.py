"""What people were sent, as far as frequency caps count it: one row for each person, which is also the lock.

A message is counted in the transaction that claims it. Whoever wants to send to the same person waits for
that transaction, and then reads what it wrote: so nobody is ever one over.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

import orjson

from consumer.store.database import Connection, Database, columns
from consumer.store.work import CapCheck, StoredUse, Uses

_STEP: Final = 1_000


async def lock_uses(connection: Connection, check: CapCheck) -> Uses:
    """Lock the rows of these people; those whose messages count get one.

    In two statements: one that waits for a lock reads other rows as they were before.
    """
    rows = [(*identity, True) for identity in check.counted]
    rows += [(*identity, False) for identity in check.retried if identity not in check.counted]
    found = await connection.fetch(
        """
        WITH wanted AS (
            SELECT w.*, coalesce(i.profile_id::text, w.namespace || ':' || w.value) AS person
            FROM unnest($1::text[], $2::text[], $3::boolean[]) AS w (namespace, value, is_counted)
            LEFT JOIN identities AS i USING (namespace, value)
        ), made AS (
            INSERT INTO cap_uses (person)
            SELECT DISTINCT person FROM wanted WHERE is_counted ORDER BY person
            ON CONFLICT DO NOTHING
        )
        SELECT namespace, value, person FROM wanted
        """,
        *columns(rows, 3),
    )
    people = {(row["namespace"], row["value"]): row["person"] for row in found}
    locked = await connection.fetch(
        "SELECT person, uses FROM cap_uses WHERE person = ANY ($1) ORDER BY person FOR UPDATE",
        sorted(set(people.values())),
    )
    return Uses(people, {row["person"]: [StoredUse(*use) for use in row["uses"]] for row in locked})


async def write_uses(connection: Connection, by_person: Mapping[str, Iterable[StoredUse]]) -> None:
    """Of people whose rows are locked."""
    if not by_person:
        return
    rows = [(person, orjson.dumps([[*use] for use in uses]).decode()) for person, uses in by_person.items()]
    await connection.execute(
        """
        UPDATE cap_uses AS c SET uses = given.uses::jsonb, updated_at = now()
        FROM unnest($1::text[], $2::text[]) AS given (person, uses) WHERE c.person = given.person
        """,
        *columns(rows, 2),
    )


async def prune_uses(database: Database, retention: timedelta) -> int:
    """Delete one step of the rows not written for so long; returns how many there were."""
    async with database.transaction() as connection:
        status = await connection.execute(
            """
            DELETE FROM cap_uses WHERE person IN (
                SELECT person FROM cap_uses WHERE updated_at < now() - $1::interval
                LIMIT $2 FOR UPDATE SKIP LOCKED
            )
            """,
            retention,
            _STEP,
        )
    return int(status.split()[-1])

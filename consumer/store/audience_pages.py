"""The pages of an execution's snapshot, and what became of each: a page is executed by one record only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from consumer.store.audience_executions import StoredExecution
from consumer.store.audiences import MEMBERSHIP_SECONDS, StoredAudience, members_sql
from consumer.store.database import Connection, Database
from consumer.store.membership import Query
from consumer.store.partitions import EpochSuperseded
from schemas.place import Place
from schemas.profile import ConsentDefault

DELIVERED: Final = "delivery"
HELD: Final = "held"
"""In place of a reason: the member's message waits for a time, and is sent, or not, when it has come."""


class PageKey(NamedTuple):
    execution_id: UUID
    page: int


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    user_ids: Sequence[str]


class Outcome(NamedTuple):
    """What became of a page."""

    page: PageKey
    owner: Place
    others: Mapping[str, str | None]
    """Reasons by position, of members without a delivery; None takes back what was noted before."""
    is_replay: bool
    """Of some of the page's members, long after it: the rest stays as it was noted."""


class SnapshotUnwanted(Exception):  # noqa: N818 - an event, answered by forgetting the snapshot
    """The execution has ended while its snapshot was taken."""


async def take_snapshot(
    connection: Connection,
    execution: StoredExecution,
    audience: StoredAudience,
    *,
    namespace: str,
    page_size: int,
    consent_default: ConsentDefault,
) -> None:
    """Store who belongs to the audience, by one statement. Must be called in a transaction.

    Raises SnapshotUnwanted when the execution was ended meanwhile: the transaction must then be rolled back.
    """
    query = Query(execution.id, namespace, page_size)
    members = members_sql(query, audience, consent_default, namespace)
    status: str = await connection.execute(
        f"""
        WITH members AS MATERIALIZED ({members}), numbered AS (
            SELECT profile_id, user_id, row_number() OVER (ORDER BY profile_id, user_id) - 1 AS n
            FROM members WHERE user_id IS NOT NULL
        ), paged AS (
            INSERT INTO audience_pages (execution_id, page, profile_ids, user_ids)
            SELECT $1, n / $3::int, array_agg(profile_id ORDER BY n), array_agg(user_id ORDER BY n)
            FROM numbered GROUP BY n / $3::int
        ), counted AS (
            SELECT count(*) AS targeted, count(*) FILTER (WHERE user_id IS NULL) AS nameless FROM members
        )
        UPDATE audience_executions AS e SET namespace = $2::text, targeted = counted.targeted,
            without_identity = counted.nameless, page_size = $3::int,
            pages = ceil((counted.targeted - counted.nameless) / $3::numeric)
        FROM counted WHERE e.id = $1 AND e.targeted IS NULL AND e.state = 'InProgress'
        """,  # noqa: S608 - made of parameters
        *query.parameters,
        timeout=MEMBERSHIP_SECONDS,
    )
    if status == "UPDATE 0":
        raise SnapshotUnwanted


async def may_take_snapshot(connection: Connection, id_: UUID) -> bool:
    """Whether it is in progress and has none; if so, nobody else takes one until the transaction ends.

    The row is not locked: a cancellation need not wait for the snapshot.
    """
    is_mine = await connection.fetchval(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('audience snapshot/' || $1::text, 0))", str(id_)
    )
    return bool(is_mine) and bool(
        await connection.fetchval(
            """
            SELECT true FROM audience_executions
            WHERE id = $1 AND targeted IS NULL AND state = 'InProgress'
            """,
            id_,
        )
    )


async def read_pages(connection: Connection, id_: UUID, first: int, limit: int) -> list[Page]:
    """The next pages that no record has begun."""
    rows = await connection.fetch(
        """
        SELECT p.page, p.user_ids FROM audience_pages AS p
        WHERE p.execution_id = $1 AND p.page >= $2 AND NOT EXISTS (
            SELECT FROM audience_outcomes AS o WHERE (o.execution_id, o.page) = (p.execution_id, p.page)
        ) ORDER BY p.page LIMIT $3
        """,
        *(id_, first, limit),
    )
    return [Page(row["page"], row["user_ids"]) for row in rows]


async def begin_pages(database: Database, pages: Mapping[Place, PageKey]) -> tuple[set[Place], set[UUID]]:
    """Let each page be executed by its first record, if its execution is in progress and not paused.

    Returns the records that own their pages, by now or since an earlier try, and the executions that exist.
    A pause or an end waits for this transaction, and this waits for them: whichever commits first holds.
    """
    rows = [(*pages[owner], *owner) for owner in sorted(pages, key=lambda owner: (pages[owner], owner))]
    columns = [list(column) for column in zip(*rows, strict=True)]
    async with database.transaction() as connection:
        known = await connection.fetch(
            "SELECT id FROM audience_executions WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE",
            list({page.execution_id for page in pages.values()}),
        )
        await connection.execute(
            """
            INSERT INTO audience_outcomes
                (execution_id, page, owner_topic, owner_partition, owner_offset, members)
            SELECT given.*, cardinality(p.user_ids)
            FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::bigint[])
                AS given (execution_id, page, owner_topic, owner_partition, owner_offset)
            JOIN audience_pages AS p USING (execution_id, page)
            JOIN audience_executions AS e ON e.id = given.execution_id
            WHERE e.state = 'InProgress' AND NOT e.is_paused
            ORDER BY execution_id, page, owner_partition, owner_offset
            ON CONFLICT (execution_id, page) DO NOTHING
            """,
            *columns,
        )
        owners = await connection.fetch(
            """
            SELECT o.owner_topic, o.owner_partition, o.owner_offset
            FROM unnest($1::uuid[], $2::int[]) AS given (execution_id, page)
            JOIN audience_outcomes AS o USING (execution_id, page)
            """,
            *columns[:2],
        )
    return {Place(*row.values()) for row in owners} & pages.keys(), {row["id"] for row in known}


async def decide_pages(
    database: Database, group_id: str, topic: str, epochs: Mapping[int, int], outcomes: Collection[Outcome]
) -> None:
    """Note what became of the pages, if this process still owns the partitions. Raises EpochSuperseded."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.page)
    async with database.transaction() as connection:
        await check_epochs(connection, group_id, topic, epochs, {each.owner.partition for each in ordered})
        await connection.execute(
            """
            UPDATE audience_outcomes AS o SET decided_at = coalesce(o.decided_at, now()),
                others = nullif(jsonb_strip_nulls(CASE WHEN given.is_replay THEN (
                    SELECT jsonb_object_agg(
                        key, CASE WHEN given.others ? key THEN given.others -> key ELSE value END
                    ) FROM jsonb_each(o.others)
                ) ELSE given.others END), '{}')
            FROM unnest($1::uuid[], $2::int[], $3::jsonb[], $4::bool[])
                AS given (execution_id, page, others, is_replay)
            WHERE (o.execution_id, o.page) = (given.execution_id, given.page)
            """,
            [each.page.execution_id for each in ordered],
            [each.page.page for each in ordered],
            [dict(each.others) for each in ordered],
            [each.is_replay for each in ordered],
        )


async def forget_pages(connection: Connection, pages: Mapping[Place, PageKey]) -> None:
    """Take back that these records execute their pages: nothing of them is sent."""
    rows = [(*page, *owner) for owner, page in pages.items()]
    await connection.execute(
        """
        DELETE FROM audience_outcomes AS o
        USING unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::bigint[])
            AS given (execution_id, page, owner_topic, owner_partition, owner_offset)
        WHERE (o.execution_id, o.page, o.owner_topic, o.owner_partition, o.owner_offset)
            = (given.execution_id, given.page, given.owner_topic, given.owner_partition, given.owner_offset)
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def check_epochs(
    connection: Connection, group_id: str, topic: str, epochs: Mapping[int, int], partitions: Collection[int]
) -> None:
    """Raises EpochSuperseded; until the transaction ends, nobody takes the partitions over."""
    wanted = sorted(partitions)
    rows = await connection.fetch(
        """
        SELECT p.partition FROM unnest($3::int[], $4::bigint[]) AS mine (partition, epoch)
        JOIN partitions AS p USING (partition)
        WHERE p.group_id = $1 AND p.topic = $2 AND p.epoch = mine.epoch
        ORDER BY p.partition FOR SHARE OF p
        """,
        *(group_id, topic, wanted, [epochs[partition] for partition in wanted]),
    )
    if lost := sorted(set(wanted) - {row["partition"] for row in rows}):
        raise EpochSuperseded(f"partitions {lost} of {topic} have a new owner")

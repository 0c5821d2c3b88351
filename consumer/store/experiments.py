"""What a campaign's experiment has come to: from executions, and from what channel services reported."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from consumer.store.registry import AnyConnection


class TreatmentCount(NamedTuple):
    treatment: str
    people: int
    deliveries: int
    successes: int = 0
    """People of whom what was asked for was reported."""


async def versions_of_experiment(connection: AnyConnection, campaign_id: str, name: str) -> Sequence[int]:
    """The campaign's versions with the experiment of this name: they assign people alike."""
    rows = await connection.fetch(
        """
        SELECT version FROM campaign_versions
        WHERE campaign_id = $1 AND definition -> 'experiment' ->> 'name' = $2 ORDER BY version
        """,
        campaign_id,
        name,
    )
    return [row["version"] for row in rows]


async def count_executed(
    connection: AnyConnection, campaign_id: str, versions: Collection[int]
) -> Sequence[TreatmentCount]:
    """By the executions that are projected; people of the holdout under an empty name."""
    rows = await connection.fetch(
        """
        SELECT coalesce(o ->> 'treatment', '') AS treatment, count(DISTINCT o ->> 'recipient') AS people,
               count(*) FILTER (WHERE o ->> 'outcome' = 'delivery') AS deliveries
        FROM executions, jsonb_array_elements(outcomes) AS o
        WHERE campaign_id = $1 AND campaign_version = ANY ($2::int[])
          AND (o ? 'treatment' OR o ->> 'reason' = 'holdout')
        GROUP BY 1
        """,
        campaign_id,
        list(versions),
    )
    return [TreatmentCount(**row) for row in rows]


async def count_reported(
    connection: AnyConnection, campaign_id: str, versions: Collection[int], mark: str
) -> Sequence[TreatmentCount]:
    """By the deliveries that `clarion feedback` has read; `mark` is the kind of event that is a success."""
    rows = await connection.fetch(
        """
        SELECT treatment, count(DISTINCT recipient) AS people, count(*) AS deliveries,
               count(DISTINCT recipient) FILTER (WHERE marks ? $3) AS successes
        FROM deliveries
        WHERE campaign_id = $1 AND campaign_version = ANY ($2::int[]) AND treatment <> '' AND NOT is_test
        GROUP BY treatment
        """,
        campaign_id,
        list(versions),
        mark,
    )
    return [TreatmentCount(**row) for row in rows]

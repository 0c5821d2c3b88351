"""Figures by campaign, minute, version, channel, locale and treatment, as reports add them up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

from consumer.store.database import Connection
from consumer.store.registry import AnyConnection

Table = Literal["report_outcomes", "report_feedback"]
"""Of the projector, by executions; and of the feedback process, by deliveries and their feedback."""


class ReportKey(NamedTuple):
    """What is counted together; empty for what something counted does not have, and version 0."""

    campaign_id: str
    minute: datetime
    campaign_version: int
    channel: str
    locale: str
    treatment: str
    metric: str
    detail: str


_COLUMNS: Final = ", ".join(ReportKey._fields)
_GIVEN: Final = (
    "unnest($1::text[], $2::timestamptz[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], "
    "$8::text[]"
)


async def add_report_counts(connection: AnyConnection, table: Table, counts: Mapping[ReportKey, int]) -> None:
    """Add to the counts, or take away what is negative; a count that comes to nothing is removed."""
    keys = sorted(key for key, count in counts.items() if count)
    if not keys:
        return
    columns = [list(column) for column in zip(*keys, strict=True)]
    await connection.execute(
        f"""
        INSERT INTO {table} AS c ({_COLUMNS}, count) SELECT * FROM {_GIVEN}, $9::bigint[])
        ON CONFLICT ({_COLUMNS}) DO UPDATE SET count = c.count + excluded.count
        """,  # noqa: S608 - put together from the names above
        *columns,
        [counts[key] for key in keys],
    )
    if any(counts[key] < 0 for key in keys):
        await connection.execute(
            f"""
            DELETE FROM {table} AS c USING {_GIVEN}) AS given ({_COLUMNS})
            WHERE ({", ".join(f"c.{name}" for name in ReportKey._fields)})
                = ({", ".join(f"given.{name}" for name in ReportKey._fields)}) AND c.count = 0
            """,  # noqa: S608 - put together from the names above
            *columns,
        )


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """What is None does not choose."""

    campaign_id: str | None = None
    since: datetime | None = None
    """Since the beginning of that minute."""
    until: datetime | None = None
    version: int | None = None


class Summed(NamedTuple):
    """A sum. Members by which it was not grouped are None."""

    campaign_id: str | None
    period: datetime | None
    campaign_version: int | None
    channel: str | None
    locale: str | None
    treatment: str | None
    metric: str
    detail: str
    number: int


Dimension = Literal["campaign_id", "campaign_version", "channel", "locale", "treatment"]
Period = Literal["minute", "hour", "day"]


async def sum_report_counts(
    connection: Connection,
    wanted: ReportFilter,
    by: Sequence[Dimension] = (),
    period: Period | None = None,
) -> list[Summed]:
    """Sums by the dimensions asked for, and by minute, hour or day (UTC) if one is."""
    grouped = (
        {"period": "NULL::timestamptz"}
        if period is None
        else {"period": f"date_trunc('{period}', minute, 'UTC')"}
    )
    columns: dict[str, str] = {
        "campaign_id": "NULL::text",
        **grouped,
        "campaign_version": "NULL::int",
        "channel": "NULL::text",
        "locale": "NULL::text",
        "treatment": "NULL::text",
    }
    columns.update((dimension, dimension) for dimension in by)
    positions = ", ".join(str(number) for number in range(1, len(columns) + 3))
    select = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    rows = await connection.fetch(
        f"""
        SELECT {select}, metric, detail, sum(count)::bigint AS number
        FROM (SELECT * FROM report_outcomes UNION ALL SELECT * FROM report_feedback) AS counts
        WHERE ($1::text IS NULL OR campaign_id = $1)
          AND ($2::timestamptz IS NULL OR minute >= date_trunc('minute', $2::timestamptz))
          AND ($3::timestamptz IS NULL OR minute < $3)
          AND ($4::int IS NULL OR campaign_version = $4)
        GROUP BY {positions} ORDER BY {positions}
        """,  # noqa: S608 - put together from the names above
        wanted.campaign_id,
        wanted.since,
        wanted.until,
        wanted.version,
    )
    return [Summed(*row) for row in rows]

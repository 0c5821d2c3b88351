"""Reports of campaigns: what became of those they were for, as sums and as series of periods."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from consumer.rules.report_figures import figures
from consumer.store.database import Connection, Database
from consumer.store.feedback_events import count_unknown_events
from consumer.store.report_counts import Dimension, Period, ReportFilter, Summed, sum_report_counts
from schemas.json import JsonObject

_DIMENSIONS: Final[Sequence[Dimension]] = ("campaign_version", "channel", "locale", "treatment")
_LISTS: Final[dict[str, tuple[str, Dimension]]] = {
    "versions": ("version", "campaign_version"),
    "channels": ("channel", "channel"),
    "locales": ("locale", "locale"),
    "treatments": ("treatment", "treatment"),
}


@dataclass(frozen=True, slots=True)
class Question:
    campaign_id: str
    since: datetime | None = None
    until: datetime | None = None
    version: int | None = None
    period: Period | None = None


async def campaign_report(database: Database, asked: Question) -> JsonObject | None:
    """All figures of one campaign; None when nothing was ever counted of it."""
    wanted = ReportFilter(asked.campaign_id, asked.since, asked.until, asked.version)
    async with database.transaction() as connection:
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        sums = await sum_report_counts(connection, wanted, _DIMENSIONS)
        if not sums and not await _is_known(connection, asked.campaign_id):
            return None
        series = await sum_report_counts(connection, wanted, (), asked.period) if asked.period else []
    return {
        "campaignId": asked.campaign_id,
        "since": asked.since,
        "until": asked.until,
        "version": asked.version,
        **_figures(sums),
        **{name: _list(sums, *how) for name, how in _LISTS.items()},
        **({"by": asked.period, "periods": _periods(series)} if asked.period else {}),
    }


async def overview(database: Database, since: datetime | None, until: datetime | None) -> list[JsonObject]:
    """The figures of every campaign of which something was counted."""
    async with database.connection() as connection:
        sums = await sum_report_counts(connection, ReportFilter(None, since, until), ("campaign_id",))
    by_campaign: defaultdict[str, list[Summed]] = defaultdict(list)
    for each in sums:
        by_campaign[each.campaign_id or ""].append(each)
    return [{"campaignId": campaign, **_figures(found)} for campaign, found in sorted(by_campaign.items())]


async def unknown_events(database: Database) -> int:
    """Events of deliveries that are not known: counted in no campaign."""
    async with database.connection() as connection:
        return await count_unknown_events(connection)


async def _is_known(connection: Connection, campaign_id: str) -> bool:
    return bool(await sum_report_counts(connection, ReportFilter(campaign_id)))


def _figures(sums: Iterable[Summed]) -> JsonObject:
    return figures((each.metric, each.detail, each.number) for each in sums)


def _list(sums: Sequence[Summed], name: str, dimension: Dimension) -> list[JsonObject]:
    """The figures by one dimension; null for what has none, as a trigger that was rejected as a whole.

    A locale is known of deliveries only, so that by locale what was not delivered is not shown.
    """
    by_value: defaultdict[object, list[Summed]] = defaultdict(list)
    for each in sums:
        # Deliveries by locale are counted from the deliveries themselves.
        is_locale = dimension == "locale"
        if is_locale and not each.locale:
            continue
        counted = _as_outcome(each) if is_locale else each
        by_value[getattr(each, dimension) or None].append(counted)
    return [
        {name: value, **_figures(found)}
        for value, found in sorted(by_value.items(), key=lambda item: (item[0] is None, item[0]))
    ]


def _as_outcome(each: Summed) -> Summed:
    return each._replace(metric="delivery") if each.metric == "deliveries" else each


def _periods(series: Sequence[Summed]) -> list[JsonObject]:
    by_period: defaultdict[datetime, list[Summed]] = defaultdict(list)
    for each in series:
        assert each.period is not None
        by_period[each.period].append(each)
    return [{"period": period, **_figures(found)} for period, found in sorted(by_period.items())]

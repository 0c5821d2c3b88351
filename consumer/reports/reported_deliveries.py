"""The deliveries behind a figure. Nobody is named: their executions, asked for by id, name the recipient."""

from typing import Final

from consumer.reports.campaign_figures import Question
from consumer.rules.delivery_state import state_of
from consumer.store.database import Database
from consumer.store.deliveries import find_reported
from consumer.store.report_counts import ReportFilter
from schemas.json import JsonObject

DRILLABLE: Final = {
    "deliveries": (),
    "sent": ("sent",),
    "deferred": ("deferred",),
    "delivered": ("delivered",),
    "failed": ("failed",),
    "bounced": ("bounced.hard", "bounced.soft", "bounced.ignored"),
    "bouncedHard": ("bounced.hard",),
    "bouncedSoft": ("bounced.soft",),
    "bouncedIgnored": ("bounced.ignored",),
    "opened": ("opened",),
    "openedMachine": ("opened.machine",),
    "clicked": ("clicked",),
    "clickedMachine": ("clicked.machine",),
    "unsubscribed": ("unsubscribed",),
    "resubscribed": ("resubscribed",),
    "complained": ("complained",),
}
"""By figure: the marks, of which a delivery has one."""


async def reported_deliveries(
    database: Database, asked: Question, metric: str, limit: int
) -> list[JsonObject]:
    """The newest first. Raises KeyError for a metric that is not drillable."""
    wanted = ReportFilter(asked.campaign_id, asked.since, asked.until, asked.version)
    async with database.connection() as connection:
        found = await find_reported(connection, wanted, DRILLABLE[metric], limit)
    return [
        {
            "at": min(
                (at for mark, at in marks.items() if mark in DRILLABLE[metric]), default=made.created_at
            ),
            "state": state.word if (state := state_of(marks)) else None,
            "version": made.campaign_version,
            "channel": made.channel,
            "locale": made.locale,
            "treatment": made.treatment or None,
            "deliveryId": str(made.delivery_id),
            "executionId": str(made.execution_id),
        }
        for made, marks in found
    ]

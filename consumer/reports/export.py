"""Counts as a table for other tools."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from consumer.reports.campaign_figures import Question
from consumer.store.database import Database
from consumer.store.report_counts import ReportFilter, Summed, sum_report_counts

COLUMNS: Final = (
    *("campaignId", "period", "version", "channel", "locale", "treatment"),
    *("metric", "detail", "count"),
)


class ExportError(Exception):
    """The table cannot be written; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Format:
    encode: Callable[[Sequence[Summed]], bytes]
    is_binary: bool


async def export(database: Database, asked: Question, format_: Literal["csv", "parquet"]) -> bytes:
    """The content of the file. Raises ExportError."""
    wanted = ReportFilter(asked.campaign_id or None, asked.since, asked.until, asked.version)
    dimensions: Final = ("campaign_id", "campaign_version", "channel", "locale", "treatment")
    async with database.connection() as connection:
        rows = await sum_report_counts(connection, wanted, dimensions, asked.period)
    return FORMATS[format_].encode(rows)


def _csv(rows: Sequence[Summed]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        assert row.period is not None
        writer.writerow([row[0], row.period.isoformat().replace("+00:00", "Z"), *map(_guarded, row[2:])])
    return text.getvalue().encode()


def _guarded(cell: object) -> object:
    """A spreadsheet would run what begins like a formula: links and categories come from outside."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _parquet(rows: Sequence[Summed]) -> bytes:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise ExportError("Parquet needs the extra: pip install 'clarion[parquet]'.") from None
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    buffer = io.BytesIO()
    parquet.write_table(pa.table(dict(zip(COLUMNS, columns, strict=True))), buffer)
    return buffer.getvalue()


FORMATS: Final = {"csv": Format(_csv, is_binary=False), "parquet": Format(_parquet, is_binary=True)}

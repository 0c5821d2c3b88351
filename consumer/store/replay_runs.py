"""Runs of replays in the background, as those who started them follow them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from consumer.store.database import Connection
from schemas.json import JsonObject


@dataclass(frozen=True, slots=True)
class Progress:
    records_total: int | None = None
    """To be read; None before that is known."""
    records_read: int = 0
    found: int = 0
    """Letters that are replayed, or about to be."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    run_id: str
    operator: str
    status: str
    """running, done, failed or interrupted."""
    started_at: datetime
    updated_at: datetime
    progress: Progress
    campaigns: Collection[str]
    """The only ones that letters were chosen from; empty: all."""
    report: JsonObject | None
    problem: str | None
    silent_seconds: float
    """Since it was last heard of."""


async def insert_run(connection: Connection, run_id: str, operator: str, campaigns: Collection[str]) -> None:
    await connection.execute(
        "INSERT INTO replay_runs (run_id, operator, campaigns) VALUES ($1, $2, $3)",
        *(run_id, operator, list(campaigns)),
    )


async def update_run(
    connection: Connection,
    run_id: str,
    progress: Progress,
    status: str = "running",
    *,
    report: JsonObject | None = None,
    problem: str | None = None,
) -> None:
    """Say how it goes, or how it ended. What has ended stays so."""
    await connection.execute(
        """
        UPDATE replay_runs SET updated_at = now(), records_total = $2, records_read = $3, found = $4,
            status = $5, report = $6, problem = $7
        WHERE run_id = $1 AND status = 'running'
        """,
        run_id,
        *(progress.records_total, progress.records_read, progress.found, status, report, problem),
    )


async def find_run(connection: Connection, run_id: str) -> StoredRun | None:
    row = await connection.fetchrow(
        """
        SELECT *, extract(epoch FROM now() - updated_at)::float AS silent_seconds FROM replay_runs
        WHERE run_id = $1
        """,
        run_id,
    )
    if row is None:
        return None
    members = dict(row)
    progress = Progress(*(members.pop(name) for name in ("records_total", "records_read", "found")))
    return StoredRun(**{**members, "run_id": str(row["run_id"]), "progress": progress})

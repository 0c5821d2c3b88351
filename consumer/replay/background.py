"""Replays in the background: started, and followed by their run id, from whichever process is asked."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from consumer.kafka.cluster import Cluster
from consumer.kafka.errors import ReplayError
from consumer.replay.check import Order, Ready
from consumer.replay.recording import record_replay
from consumer.replay.report import document
from consumer.replay.run import execute
from consumer.replay.watcher import ReplayWatcher
from consumer.store.database import Database
from consumer.store.errors import DatabaseError
from consumer.store.replay_runs import Progress, StoredRun, find_run, insert_run, update_run
from schemas.json import JsonObject

log = structlog.get_logger()

_UPDATE_SECONDS: Final = 1.0
_SILENT_SECONDS_MAX: Final = 30.0
"""A run that is not heard of for longer died with its process."""


class BackgroundReplays:
    """The runs of this process."""

    def __init__(self, cluster: Cluster, database: Database) -> None:
        self._cluster = cluster
        self._database = database
        self._running: set[asyncio.Task[None]] = set()

    async def start(self, order: Order) -> None:
        """Record the run, and begin it. Raises the errors of consumer.store."""
        async with self._database.transaction() as connection:
            await insert_run(connection, order.run.run_id, order.run.operator, order.choice.campaigns)
            await record_replay(connection, order)
        task = asyncio.create_task(self._run(order))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Stop what runs. A commit under way is finished; what is not replayed yet is for another run."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def _run(self, order: Order) -> None:
        watcher = _Followed()
        telling = asyncio.create_task(self._tell(order, watcher))
        try:
            report = await execute(self._cluster, order, watcher)
        except asyncio.CancelledError:
            await self._end(order, watcher, "interrupted", problem="The gateway was stopped; run it again.")
        except (ReplayError, KafkaError) as error:
            await self._end(order, watcher, "failed", problem=str(error))
        except Exception as error:
            log.exception("replay failed by a fault of ours", run=order.run.run_id)
            await self._end(
                order, watcher, "failed", problem=f"A fault of Clarion's own: {type(error).__name__}."
            )
        else:
            await self._end(order, watcher, "done", report=document(report))
        finally:
            telling.cancel()

    async def _tell(self, order: Order, watcher: "_Followed") -> None:
        while True:
            await asyncio.sleep(_UPDATE_SECONDS)
            # The run goes on while nobody can be told of it.
            with suppress(DatabaseError):
                async with self._database.connection() as connection:
                    await update_run(connection, order.run.run_id, watcher.progress)

    async def _end(
        self,
        order: Order,
        watcher: "_Followed",
        status: str,
        *,
        report: JsonObject | None = None,
        problem: str | None = None,
    ) -> None:
        log.info("replay ended", run=order.run.run_id, status=status, found=watcher.progress.found)
        try:
            async with self._database.connection() as connection:
                await update_run(
                    connection, order.run.run_id, watcher.progress, status, report=report, problem=problem
                )
        except DatabaseError as error:
            log.warning("the end of a replay could not be stored", run=order.run.run_id, cause=str(error))


class _Followed(ReplayWatcher):
    def __init__(self) -> None:
        self.progress = Progress()

    def reading(self, records: int) -> None:
        self.progress = Progress(records)

    def read(self, records: int) -> None:
        told = self.progress
        self.progress = Progress(told.records_total, told.records_read + records, told.found)

    def found(self, ready: Ready) -> None:  # noqa: ARG002 - counted only
        told = self.progress
        self.progress = Progress(told.records_total, told.records_read, told.found + 1)


async def follow(database: Database, run_id: str) -> StoredRun | None:
    """The run, if there is one."""
    async with database.connection() as connection:
        return await find_run(connection, run_id)


def run_document(run: StoredRun) -> dict[str, object]:
    is_lost = run.status == "running" and run.silent_seconds > _SILENT_SECONDS_MAX
    return {
        "runId": run.run_id,
        "operator": run.operator,
        "status": "interrupted" if is_lost else run.status,
        "startedAt": run.started_at,
        "updatedAt": run.updated_at,
        "recordsTotal": run.progress.records_total,
        "recordsRead": run.progress.records_read,
        "found": run.progress.found,
        "problem": "Its process died; start it again, and it continues." if is_lost else run.problem,
        "report": run.report,
    }

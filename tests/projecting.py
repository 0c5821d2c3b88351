"""A projector on an installation, and what it should come to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from consumer.projector import Projector
from tests.installation import Installation, eventually
from tests.recount import recount, tables


async def project(installation: Installation, *, rebuild: bool = False) -> None:
    async with asyncio.timeout(60):
        await Projector(installation.settings).run_once(asyncio.Event(), rebuild=rebuild)


@asynccontextmanager
async def projector(installation: Installation, *, ready: bool = True) -> AsyncIterator[Projector]:
    """One at work in this process, or standing by; or one that need not come to that."""
    made, stop = Projector(installation.settings), asyncio.Event()
    running = asyncio.create_task(made.run(stop))
    try:
        await eventually(lambda: made.port and not (ready and made.not_ready_because()))
        yield made
    finally:
        stop.set()
        await running


async def assert_projected(installation: Installation) -> None:
    assert await tables(installation.settings.database_url or "") == await recount(installation)


async def all_there(installation: Installation, count: int) -> bool:
    return len((await tables(installation.settings.database_url or ""))["executions"]) == count

"""Whenever the projector is killed, its tables come out as if it had not been."""

import asyncio
import random
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from tests.commands import ended, start
from tests.installation import Installation, eventually
from tests.past import write_past
from tests.recount import recount, tables

KILLS = 6


@asynccontextmanager
async def project(installation: Installation, *options: str) -> AsyncIterator[Process]:
    """`clarion project` as a process of its own, killed at the end if it still runs."""
    process = await start(installation, "project", *options, log_level="WARNING")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await ended(process)


async def projected(installation: Installation) -> int:
    async with installation.database.connection() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM executions"))


async def test_tables_equal_a_recount_after_kills(installation: Installation) -> None:
    chance = random.Random()  # noqa: S311 - another moment each time
    writing = asyncio.create_task(write_past(installation, range(30_000)))
    for _ in range(KILLS):
        before = await projected(installation)
        async with project(installation):
            await eventually(partial(has_grown, installation, before))
            await asyncio.sleep(chance.uniform(0, 0.5))
    await writing
    async with project(installation, "--once") as process:
        assert await process.wait() == 0
    found = await tables(installation.settings.database_url or "")
    assert found == await recount(installation)
    assert len(found["executions"]) == 30_000
    async with project(installation, "--once", "--rebuild") as process:
        assert await process.wait() == 0
    assert await tables(installation.settings.database_url or "") == found


async def has_grown(installation: Installation, before: int) -> bool:
    return await projected(installation) > before


async def test_a_second_projector_goes_on_when_the_first_is_killed(installation: Installation) -> None:
    async with project(installation) as first, project(installation):
        await write_past(installation, range(1_000))
        await eventually(lambda: has_grown(installation, 0))
        first.kill()
        await first.wait()
        await write_past(installation, range(1_000, 2_000))
        # The three topics are not projected in step.
        await eventually(lambda: is_complete(installation))


async def is_complete(installation: Installation) -> bool:
    return await tables(installation.settings.database_url or "") == await recount(installation)


async def test_it_stops_when_told(installation: Installation) -> None:
    async with project(installation) as process:
        await write_past(installation, range(100))
        await eventually(lambda: has_grown(installation, 99))
        process.terminate()
        assert await process.wait() == 0

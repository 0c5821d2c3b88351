"""PostgreSQL with a standby: the consumer goes over to it and back by itself; nothing is lost or doubled."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

import asyncpg
from yarl import URL

from embedded import PostgresServer, start_postgres
from tests.builders import campaign
from tests.faults.census import executed_at_least, take_census
from tests.faults.own_database import OwnDatabase, own_database
from tests.faults.processes import frozen, is_ready
from tests.faults.standby import StandbyServer, start_standby
from tests.faults.test_cannot_execute import people
from tests.installation import Installation, Json, eventually


@asynccontextmanager
async def cluster() -> AsyncIterator[tuple[PostgresServer, StandbyServer, OwnDatabase]]:
    """A primary with a database, and a standby that has it, too."""
    async with AsyncExitStack() as stack:
        primary = await start_postgres()
        stack.push_async_callback(primary.stop)
        # Not dropped: its server is gone by then.
        database = await own_database(primary).__aenter__()
        standby = await start_standby(primary)
        stack.push_async_callback(standby.stop)
        yield primary, standby, database


def of_both(database: OwnDatabase, one: PostgresServer, other: PostgresServer) -> str:
    url = URL(database.url)
    return f"postgresql://{url.user}:{url.password}@127.0.0.1:{one.port},127.0.0.1:{other.port}{url.path}"


async def test_the_consumer_follows_a_failover_and_the_way_back(bootstrap_servers: str) -> None:
    async with AsyncExitStack() as stack:
        primary, standby, database = await stack.enter_async_context(cluster())
        url = of_both(database, primary, standby)
        installation = await stack.enter_async_context(Installation.create(bootstrap_servers, url))
        await installation.activate(campaign())
        sent = people()
        async with installation.engine() as engine:
            await installation.send_all(sent)
            await eventually(lambda: executed_at_least(installation, len(sent)))
            await eventually(lambda: has_the_campaign(database, standby))

            await primary.kill()
            sent += await sent_during(installation, standby.promote)
            await eventually(lambda: is_ready(engine))

            again = await start_standby(standby, port=primary.port)
            stack.push_async_callback(again.stop)
            await standby.kill()
            sent += await sent_during(installation, again.promote)
            await eventually(lambda: is_ready(engine))

            # What is activated now arrives: the connection that listens has moved, too.
            await installation.activate(campaign(id="later"))
            later = [one | {"campaignId": "later"} for one in people()]
            await installation.send_all(later)
            await eventually(lambda: executed_at_least(installation, len(sent + later)))
        (await take_census(installation)).assert_exactly_once(sent + later)


async def test_the_consumer_leaves_a_primary_that_hangs(bootstrap_servers: str) -> None:
    async with cluster() as (primary, standby, database):
        url = of_both(database, primary, standby)
        async with Installation.create(bootstrap_servers, url) as installation:
            await installation.activate(campaign())
            sent = people()
            async with installation.engine() as engine:
                await installation.send_all(sent)
                await eventually(lambda: executed_at_least(installation, len(sent)))
                await eventually(lambda: has_the_campaign(database, standby))
                with frozen(primary.pid):
                    sent += await sent_during(installation, standby.promote)
                    await eventually(lambda: is_ready(engine))
            (await take_census(installation)).assert_exactly_once(sent)


async def sent_during(installation: Installation, failover: Callable[[], Awaitable[None]]) -> list[Json]:
    """Triggers sent while no server takes writes, once they are executed all the same."""
    triggers = people()
    executed = await number_executed(installation)
    await installation.send_all(triggers)
    await failover()
    promoted_at = monotonic()
    await eventually(lambda: executed_at_least(installation, executed + len(triggers)))
    print(f"executed {monotonic() - promoted_at:.1f} s after the failover")  # noqa: T201 - for who runs it
    return triggers


async def number_executed(installation: Installation) -> int:
    return len(await installation.executions())


async def has_the_campaign(database: OwnDatabase, standby: StandbyServer) -> bool:
    connection = await asyncpg.connect(str(URL(database.url).with_port(standby.port)))
    try:
        return bool(await connection.fetchval("SELECT count(*) FROM campaigns"))
    finally:
        await connection.close()

"""PostgreSQL is away, at the start or later: nothing is lost, nothing is dead-lettered for it."""

from collections.abc import AsyncIterator
from time import monotonic
from uuid import uuid4

import pytest

from consumer.store.migrate import migrate
from embedded import PostgresServer, start_postgres
from tests.builders import campaign, recipient, trigger
from tests.faults.census import executed_at_least, take_census
from tests.faults.processes import frozen, is_ready, is_unready
from tests.installation import Installation, Json, eventually

# What an engine is given to notice a loss, and somewhat for this machine.
NOTICED_SECONDS = 6.0


@pytest.fixture(scope="module")
async def own_postgres() -> AsyncIterator[PostgresServer]:
    server = await start_postgres()
    await migrate(server.database_url)
    yield server
    await server.stop()


@pytest.fixture
async def installation(bootstrap_servers: str, own_postgres: PostgresServer) -> AsyncIterator[Installation]:
    async with Installation.create(bootstrap_servers, own_postgres.database_url) as installation:
        await installation.activate(campaign())
        yield installation


def people(what: str, count: int = 20) -> list[Json]:
    """Triggers for people whom no test before has made known to the database."""
    return [trigger(recipient(f"{what}-{uuid4()}@example.com")) for _ in range(count)]


async def test_a_database_killed_and_started_again_is_waited_for(
    installation: Installation, own_postgres: PostgresServer
) -> None:
    before, meanwhile, after = people("before"), people("meanwhile"), people("after")
    async with installation.engine() as engine:
        await installation.send_all(before)
        await eventually(lambda: executed_at_least(installation, len(before)))

        await own_postgres.kill()
        killed_at = monotonic()
        await installation.send_all(meanwhile)
        await eventually(lambda: is_unready(engine))
        assert monotonic() - killed_at < NOTICED_SECONDS

        await own_postgres.start_again()
        await eventually(lambda: is_ready(engine))
        await installation.send_all(after)
        await eventually(lambda: executed_at_least(installation, 60))
    (await take_census(installation)).assert_exactly_once(before + meanwhile + after)


async def test_a_database_that_hangs_is_noticed_and_waited_for(
    installation: Installation, own_postgres: PostgresServer
) -> None:
    before, meanwhile = people("before"), people("meanwhile")
    async with installation.engine() as engine:
        await installation.send_all(before)
        await eventually(lambda: executed_at_least(installation, len(before)))

        with frozen(own_postgres.pid):
            frozen_at = monotonic()
            await installation.send_all(meanwhile)
            await eventually(lambda: is_unready(engine))
            assert monotonic() - frozen_at < NOTICED_SECONDS

        await eventually(lambda: is_ready(engine))
        await eventually(lambda: executed_at_least(installation, 40))
    (await take_census(installation)).assert_exactly_once(before + meanwhile)


async def test_a_database_absent_at_the_start_is_waited_for(
    installation: Installation, own_postgres: PostgresServer
) -> None:
    triggers = people("early")
    await installation.send_all(triggers)
    await own_postgres.kill()
    async with installation.starting_engine() as engine:
        await eventually(lambda: is_unready(engine))

        await own_postgres.start_again()

        await eventually(lambda: is_ready(engine))
        await eventually(lambda: executed_at_least(installation, len(triggers)))
    (await take_census(installation)).assert_exactly_once(triggers)

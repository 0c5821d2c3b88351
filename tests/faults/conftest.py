"""What several files need: a PostgreSQL that no test kills, and an installation on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from embedded import PostgresServer, start_postgres
from tests.builders import campaign
from tests.faults.own_database import OwnDatabase, own_database
from tests.installation import Installation


@pytest.fixture(scope="session")
async def surviving_postgres() -> AsyncIterator[PostgresServer]:
    """A test may change its settings, if it resets them."""
    server = await start_postgres()
    yield server
    await server.stop()


@pytest.fixture
async def database(surviving_postgres: PostgresServer) -> AsyncIterator[OwnDatabase]:
    async with own_database(surviving_postgres) as database:
        yield database


@pytest.fixture
async def own_installation(bootstrap_servers: str, database: OwnDatabase) -> AsyncIterator[Installation]:
    """On that database, with a live campaign."""
    async with Installation.create(bootstrap_servers, database.url) as installation:
        await installation.activate(campaign())
        yield installation

"""A real Kafka and a real PostgreSQL for the session; topics and a database of its own for each test."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.installation import Installation

# A job in the background of a shell ignores Ctrl-C, and so would all that tests start and mean to interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("patient", deadline=None)
# Of `make quick`: as much as shows at once what was broken; `make test` tries all.
hypothesis.settings.register_profile("quick", deadline=None, max_examples=15)
hypothesis.settings.load_profile("patient")


_TESTS = Path(__file__).parent
_FAULTS = _TESTS / "faults"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with the servers that it needs."""
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        # The fault tests start servers of their own, to kill them.
        is_fault_test = item.path.is_relative_to(_FAULTS)
        if is_fault_test or "bootstrap_servers" in fixtures:
            item.add_marker("kafka")
        if is_fault_test or "postgres_url" in fixtures:
            item.add_marker("postgres")
        if item.path == _FAULTS / "test_proof.py":
            item.add_marker("proof")


def _turn(item: pytest.Item) -> int:
    """Of a file that workers share: the slowest first, else one of them is alone with it at the end."""
    if item.path.name == "test_proof.py":
        return 0
    folders = ("faults", "integration", "unit")
    return 1 + next(turn for turn, name in enumerate(folders) if item.path.is_relative_to(_TESTS / name))


@pytest.fixture(scope="session")
async def bootstrap_servers() -> AsyncIterator[str]:
    import embedded  # noqa: PLC0415 - seconds, which unit tests need not wait for, as all imports in here

    async with embedded.kafka() as servers:
        yield servers


@pytest.fixture(scope="session")
async def postgres_url() -> AsyncIterator[str]:
    """The server, by way of a database that tests leave alone."""
    import embedded  # noqa: PLC0415

    async with embedded.postgres() as url:
        yield url


@pytest.fixture(scope="session")
async def migrated_template(postgres_url: str) -> str:
    """The name of a database with Clarion's tables, to copy: faster than a migration for each test."""
    from consumer.store.migrate import migrate  # noqa: PLC0415

    name = f"template_{uuid4().hex}"
    await _execute(postgres_url, f"CREATE DATABASE {name}")
    await migrate(_database(postgres_url, name))
    return name


@pytest.fixture
async def database_url(postgres_url: str, migrated_template: str) -> AsyncIterator[str]:
    """A fresh, migrated database, dropped afterwards."""
    name = f"test_{uuid4().hex}"
    await _execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    yield _database(postgres_url, name)
    await _execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def installation(bootstrap_servers: str, database_url: str) -> AsyncIterator["Installation"]:
    """Topics and a database of its own, with the sample channel configurations."""
    from tests.installation import Installation  # noqa: PLC0415

    async with Installation.create(bootstrap_servers, database_url) as installation:
        yield installation


def _database(server_url: str, name: str) -> str:
    from yarl import URL  # noqa: PLC0415

    return str(URL(server_url).with_path(f"/{name}"))


async def _execute(url: str, statement: str) -> None:
    import asyncpg  # noqa: PLC0415

    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()

"""A real PostgreSQL for the session, and a fresh database for each test."""

from collections.abc import AsyncIterator
from itertools import count
from urllib.parse import urlsplit

import asyncpg
import pytest

import embedded
from consumer.migrate import migrate
from consumer.store.database import Database

_TEMPLATE = "clarion_template"
_numbers = count(1)


@pytest.fixture(scope="session")
async def postgres_url() -> AsyncIterator[str]:
    async with embedded.postgres() as url:
        yield url


@pytest.fixture(scope="session")
async def template(postgres_url: str) -> AsyncIterator[str]:
    """The name of a migrated database: copying it is quicker than migrating again."""
    await _execute(postgres_url, f"DROP DATABASE IF EXISTS {_TEMPLATE} WITH (FORCE)")
    await _execute(postgres_url, f"CREATE DATABASE {_TEMPLATE}")
    await migrate(_named(postgres_url, _TEMPLATE))
    yield _TEMPLATE
    await _execute(postgres_url, f"DROP DATABASE {_TEMPLATE} WITH (FORCE)")


@pytest.fixture
async def database_url(postgres_url: str, template: str) -> AsyncIterator[str]:
    async for url in _fresh_database(postgres_url, f"TEMPLATE {template}"):
        yield url


@pytest.fixture
async def empty_database_url(postgres_url: str) -> AsyncIterator[str]:
    async for url in _fresh_database(postgres_url, ""):
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with await Database.connect(database_url) as database:
        yield database


async def _fresh_database(postgres_url: str, options: str) -> AsyncIterator[str]:
    name = f"clarion_test_{next(_numbers)}"
    await _execute(postgres_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await _execute(postgres_url, f"CREATE DATABASE {name} {options}")
    yield _named(postgres_url, name)
    await _execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _named(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()

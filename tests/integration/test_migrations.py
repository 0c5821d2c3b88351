import asyncio
from pathlib import Path

import pytest

from consumer.store import (
    Database,
    DatabaseAccessError,
    DatabaseDataError,
    DatabaseNotReady,
    DatabaseUnavailable,
)
from consumer.store.migrate import Migration, migrate
from consumer.store.migrations import versions

HEAD = max(path.name[:4] for path in Path(versions.__path__[0]).glob("[0-9]*.py"))


async def test_an_empty_database_gets_all_tables(empty_database_url: str) -> None:
    assert await migrate(empty_database_url) == Migration(None, HEAD)
    async with await Database.connect(empty_database_url) as database, database.connection() as connection:
        assert await connection.fetchval("SELECT revision FROM registry_revision") == 0


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    assert await migrate(database_url) == Migration(HEAD, HEAD)


async def test_two_at_once_are_fine(empty_database_url: str) -> None:
    migrations = await asyncio.gather(*(migrate(empty_database_url) for _ in range(3)))
    assert sorted(str(migration.before) for migration in migrations) == [HEAD, HEAD, "None"]


async def test_postgres_is_accepted_as_scheme(empty_database_url: str) -> None:
    url = empty_database_url.replace("postgresql://", "postgres://")
    assert (await migrate(url)).after == HEAD


async def test_a_database_of_a_newer_clarion_is_refused(database: Database, database_url: str) -> None:
    async with database.transaction() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseNotReady, match=r"newer Clarion .*9999.*upgrade"):
        await migrate(database_url)


async def test_a_database_that_was_not_migrated_says_so(empty_database_url: str) -> None:
    async with await Database.connect(empty_database_url) as database:
        with pytest.raises(DatabaseNotReady, match="clarion migrate"):
            async with database.connection() as connection:
                await connection.execute("SELECT * FROM campaigns")


async def test_a_wrong_password_is_told_without_it(database_url: str) -> None:
    user, _, rest = database_url.removeprefix("postgresql://").partition("@")
    url = f"postgresql://{user.partition(':')[0]}:geheim@{rest}"
    for attempt in (Database.connect, migrate):
        with pytest.raises(DatabaseAccessError, match="password authentication failed") as raised:
            await attempt(url)
        assert "geheim" not in str(raised.value)


@pytest.mark.parametrize("place", ["h:geheim/x", "h:99999/x", "[::1/x", "h/x?sslmode=geheim", "h"])
async def test_a_url_that_cannot_be_used_is_told_without_it(place: str) -> None:
    for scheme in ("postgresql", "postgres", "mysql"):
        for attempt in (Database.connect, migrate):
            with pytest.raises((DatabaseAccessError, DatabaseUnavailable)) as raised:
                await attempt(f"{scheme}://user:geheim@{place}")
            assert "geheim" not in str(raised.value)


async def test_an_unknown_database_is_told(database_url: str) -> None:
    with pytest.raises(DatabaseAccessError, match=r'database ".*_nope" does not exist'):
        await Database.connect(f"{database_url}_nope")


async def test_a_server_that_is_not_there_is_waited_for() -> None:
    for attempt in (Database.connect, migrate):
        with pytest.raises(DatabaseUnavailable):
            await attempt("postgresql://nobody@127.0.0.1:1/nothing")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 'a'::int",
        "INSERT INTO identities VALUES ('email', 'alice@example.com', gen_random_uuid())",
        "INSERT INTO suppressions SELECT '', string_agg(md5(n::text), ''), '' FROM generate_series(1, 999) n",
    ],
)
async def test_an_error_of_data_is_not_an_outage_and_quotes_nothing(
    database: Database, statement: str
) -> None:
    with pytest.raises(DatabaseDataError) as raised:
        async with database.transaction() as connection:
            await connection.execute(statement)
    assert "alice" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "statement",
    ["SELECT pg_terminate_backend(pg_backend_pid())", "SET statement_timeout = 1; SELECT pg_sleep(1)"],
)
async def test_a_lost_connection_and_a_timeout_are_outages(database: Database, statement: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with database.connection() as connection:
            await connection.execute(statement)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_paused_transaction_is_ended(database_url: str) -> None:
    async with await Database.connect(database_url, idle_in_transaction_ms=50) as database:
        with pytest.raises(DatabaseUnavailable):
            await _pause_in_a_transaction(database)


async def _pause_in_a_transaction(database: Database) -> None:
    async with database.transaction() as connection:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        async with asyncio.timeout(10):
            await ended.wait()
        await connection.execute("SELECT 1")


async def test_a_cancellation_passes_and_rolls_back(database: Database) -> None:
    async def write_and_wait(written: asyncio.Event) -> None:
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO suppressions VALUES ('email', 'a', 'bounce')")
            written.set()
            await asyncio.Event().wait()

    written = asyncio.Event()
    task = asyncio.create_task(write_and_wait(written))
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM suppressions") == 0

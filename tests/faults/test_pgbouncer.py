"""By way of PgBouncer: session mode works and protects as a direct connection does; others are refused."""

import asyncio
from collections.abc import Awaitable

import pytest

from config.errors import SettingsError
from consumer.app import Engine
from consumer.projector import Projector
from consumer.store import DatabaseUnavailable
from consumer.store.database import Database
from tests.builders import campaign
from tests.commands import run
from tests.faults.census import executed_at_least, take_census
from tests.faults.own_database import OwnDatabase
from tests.faults.pooler import PROGRAM, pgbouncer
from tests.faults.processes import is_ready
from tests.faults.test_cannot_execute import people, said_on_readyz
from tests.installation import Installation, eventually

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="PgBouncer is not installed (Debian: pgbouncer)")


async def test_triggers_are_executed_in_session_mode(bootstrap_servers: str, database: OwnDatabase) -> None:
    triggers = people(20)
    async with (
        pgbouncer(database, "session") as url,
        Installation.create(bootstrap_servers, url) as installation,
        installation.engine(),
    ):
        await installation.activate(campaign())
        await installation.send_all(triggers)
        await eventually(lambda: executed_at_least(installation, len(triggers)))
    (await take_census(installation)).assert_exactly_once(triggers)


async def test_a_paused_transaction_is_ended_in_session_mode(database: OwnDatabase) -> None:
    async with (
        pgbouncer(database, "session") as url,
        await Database.connect(url, idle_in_transaction_ms=50) as by_pooler,
    ):
        with pytest.raises(DatabaseUnavailable):
            await pause_in_a_transaction(by_pooler)


async def pause_in_a_transaction(database: Database) -> None:
    async with database.transaction() as connection:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        async with asyncio.timeout(30):
            await ended.wait()
        await connection.execute("SELECT 1")


@pytest.mark.parametrize("pool_mode", ["transaction", "statement"])
async def test_other_modes_are_refused_at_the_start(
    bootstrap_servers: str, database: OwnDatabase, pool_mode: str
) -> None:
    async with (
        Installation.create(bootstrap_servers, database.url) as installation,
        pgbouncer(database, pool_mode) as url,
    ):
        settings = installation.settings.model_copy(update={"database_url": url})
        with pytest.raises(SettingsError, match="pool_mode to session"):
            await in_time(Engine(settings, "unitary").run(asyncio.Event()))
        with pytest.raises(SettingsError, match="pool_mode to session"):
            await in_time(Projector(settings).run(asyncio.Event()))


async def in_time(running: Awaitable[None]) -> None:
    async with asyncio.timeout(60):
        await running


async def test_the_refusal_is_a_sentence(bootstrap_servers: str, database: OwnDatabase) -> None:
    async with (
        pgbouncer(database, "transaction") as url,
        Installation.create(bootstrap_servers, database.url) as installation,
    ):
        installation.settings = installation.settings.model_copy(update={"database_url": url})
        ended = await run(installation, "run")
    assert ended.code == 2
    assert ended.err.strip().splitlines()[-1].startswith("CLARION_DATABASE_URL: A pooler gives each")


@pytest.mark.parametrize("what", ["ROLE", "DATABASE"])
async def test_sessions_that_the_pooler_keeps_and_that_take_no_writes_are_not_used_for_ever(
    bootstrap_servers: str, database: OwnDatabase, what: str
) -> None:
    triggers = people()
    async with (
        pgbouncer(database, "session") as url,
        Installation.create(bootstrap_servers, url) as installation,
    ):
        await installation.activate(campaign())
        async with installation.engine() as engine:
            await database.execute(f"ALTER {what} {database.name} SET default_transaction_read_only = on")
            await database.end_sessions()
            await installation.send_all(triggers)
            await eventually(lambda: said_on_readyz(engine, "takes no writes"))
            await database.execute(f"ALTER {what} {database.name} RESET default_transaction_read_only")
            await eventually(lambda: executed_at_least(installation, len(triggers)))
            await eventually(lambda: is_ready(engine))
    (await take_census(installation)).assert_exactly_once(triggers)

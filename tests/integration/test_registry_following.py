import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from consumer.campaigns import lifecycle
from consumer.campaigns.configurations import apply_configurations
from consumer.campaigns.registry import Registry
from consumer.store.database import Database
from tests.integration.registry_files import campaign, configurations, go_live

NEVER_SECONDS = 3_600.0
"""Between polls: what is in effect all the same came by notification, and that is a matter of milliseconds.

How many depends on the machine's load, so no test measures them.
"""
DEADLINE_SECONDS = 60.0


@asynccontextmanager
async def followed(registry: Registry) -> AsyncIterator[None]:
    task = asyncio.create_task(registry.follow())
    try:
        await until(lambda: registry.age_seconds < 1)
        yield
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool], seconds: float = DEADLINE_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)


def live_version(registry: Registry, campaign_id: str = "hello") -> int | None:
    found = registry.campaign(campaign_id)
    return found.version if found else None


def sender(registry: Registry) -> object:
    found = registry.campaign("hello")
    assert found is not None
    return found.channels[0].sender["from"]


@pytest.mark.parametrize("poll_seconds", [NEVER_SECONDS, 0.05])
async def test_a_change_is_in_effect_as_soon_as_it_is_notified(
    database: Database, poll_seconds: float
) -> None:
    await go_live(database)
    registry = Registry(database, poll_seconds=poll_seconds)
    async with followed(registry):
        await lifecycle.apply(database, campaign(title="New"), activate=True)
        await until(lambda: live_version(registry) == 2)
        await lifecycle.stop(database, "hello")
        await until(lambda: live_version(registry) is None)


async def test_a_lost_notification_is_made_up_for_by_the_poll(database: Database) -> None:
    await go_live(database)
    registry = Registry(database, poll_seconds=0.1)
    async with followed(registry):
        async with database.transaction() as connection:
            await connection.execute("UPDATE registry_revision SET revision = revision + 1")
            await connection.execute("UPDATE campaign_versions SET status = 'stopped'")
            await connection.execute(
                "UPDATE campaigns SET revision = (SELECT revision FROM registry_revision)"
            )
        await until(lambda: live_version(registry) is None)


async def test_a_new_sender_is_in_effect_without_compiling_again(database: Database) -> None:
    await go_live(database)
    registry = Registry(database, poll_seconds=NEVER_SECONDS)
    async with followed(registry):
        before = registry.campaign("hello")
        await apply_configurations(database, configurations("b@acme.example"))
        await until(lambda: sender(registry) == "b@acme.example")
        after = registry.campaign("hello")
        assert before is not None
        assert after is not None
        assert after.channels[0].contents is before.channels[0].contents


async def test_a_lost_connection_is_made_good_at_once(database: Database) -> None:
    await go_live(database)
    registry = Registry(database, poll_seconds=NEVER_SECONDS)
    async with followed(registry):
        async with database.transaction() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await lifecycle.stop(database, "hello")
        await until(lambda: live_version(registry) is None)


async def test_a_restored_backup_is_read_anew(database: Database) -> None:
    await go_live(database, campaign("kept"), campaign("gone"))
    registry = Registry(database, poll_seconds=0.05)
    async with followed(registry):
        async with database.transaction() as connection:
            await connection.execute("UPDATE registry_revision SET revision = 1")
            await connection.execute("UPDATE campaigns SET revision = 1")
            await connection.execute("DELETE FROM campaign_versions WHERE campaign_id = 'gone'")
            await connection.execute("DELETE FROM campaigns WHERE id = 'gone'")
        await until(lambda: live_version(registry, "gone") is None)
        await until(lambda: live_version(registry, "kept") == 1)


async def test_a_restored_backup_is_noticed_where_only_a_sender_was_changed_since(database: Database) -> None:
    await go_live(database)
    async with database.connection() as connection:
        backup = await connection.fetchval("SELECT revision FROM registry_revision")
    await apply_configurations(database, configurations("new@acme.example"))
    registry = Registry(database, poll_seconds=0.05)
    async with followed(registry):
        assert sender(registry) == "new@acme.example"
        async with database.transaction() as connection:
            await connection.execute("UPDATE registry_revision SET revision = $1", backup)
            await connection.execute(
                "UPDATE channel_configurations SET revision = 1,"
                """ definition = jsonb_set(definition, '{from}', '"a@acme.example"')"""
            )
        await until(lambda: live_version(registry) == 1 and sender(registry) == "a@acme.example")

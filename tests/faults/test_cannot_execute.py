"""The servers answer and no trigger can be executed: not ready, with the cause, until it heals by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from aiokafka.admin import AIOKafkaAdminClient
from structlog.testing import capture_logs

from consumer.app import Engine
from consumer.kafka.admin import create_topics
from tests.builders import campaign, recipient, trigger
from tests.faults.census import executed_at_least, take_census
from tests.faults.own_database import OwnDatabase
from tests.faults.processes import is_ready
from tests.installation import Installation, Json, eventually, metric


@pytest.fixture
def installation(own_installation: Installation) -> Installation:
    return own_installation


def people(count: int = 5) -> list[Json]:
    return [trigger(recipient(f"{uuid4()}@example.com")) for _ in range(count)]


async def reasons(engine: Engine) -> list[str]:
    """What /readyz says; nothing with 200."""
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{engine.port}/readyz") as response:
        said: list[str] = (await response.json())["reasons"]
        assert (response.status == 200) == (not said)
        return said


@asynccontextmanager
async def outage(
    installation: Installation,
    begin: Callable[[], Awaitable[object]],
    end: Callable[[], Awaitable[object]],
    *causes: str,
) -> AsyncIterator[Engine]:
    """Triggers before, during and after something that keeps them from being executed, all counted."""
    before, during, after = people(), people(), people()
    with capture_logs() as logs:
        async with installation.engine() as engine:
            await installation.send_all(before)
            await eventually(lambda: executed_at_least(installation, len(before)))
            await begin()
            await installation.send_all(during)
            for cause in causes:
                await eventually(lambda: said_on_readyz(engine, cause))  # noqa: B023 - called at once
            assert await metric(engine.port, "clarion_consumer_lag") == len(during)
            assert await metric(engine.port, "clarion_oldest_unprocessed_seconds") > 0
            assert await metric(engine.port, "clarion_outages_total") == 1
            yield engine
            await end()
            await eventually(lambda: executed_at_least(installation, len(before + during)))
            await eventually(lambda: is_ready(engine))
            await installation.send_all(after)
            await eventually(lambda: executed_at_least(installation, len(before + during + after)))
            assert await metric(engine.port, "clarion_consumer_lag") == 0
            assert await metric(engine.port, "clarion_oldest_unprocessed_seconds") == 0
    (await take_census(installation)).assert_exactly_once(before + during + after)
    execution = [line["event"] for line in logs if line.get("work") == "execution"]
    assert execution == ["waiting", "going on"]


async def said_on_readyz(engine: Engine, cause: str) -> bool:
    return any(cause in reason for reason in await reasons(engine))


async def test_a_database_made_read_only(installation: Installation, database: OwnDatabase) -> None:
    async with outage(
        installation,
        lambda: database.execute(
            "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"
        ),
        lambda: database.execute(
            "SET default_transaction_read_only = off",
            "ALTER SYSTEM RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
        ),
        "takes no writes",
        "no trigger was executed",
    ):
        pass


async def test_a_right_that_was_revoked(installation: Installation, database: OwnDatabase) -> None:
    async with outage(
        installation,
        lambda: database.execute(f"REVOKE INSERT ON claims FROM {database.role}"),
        lambda: database.execute(f"GRANT INSERT ON claims TO {database.role}"),
        "permission denied for table claims",
        "no trigger was executed",
    ):
        pass


async def test_an_allow_list_that_cannot_be_read_is_named_before_it_changes(
    installation: Installation, database: OwnDatabase
) -> None:
    async with installation.engine() as engine:
        await database.execute(f"REVOKE ALL ON allow_list FROM {database.role}")
        await eventually(lambda: said_on_readyz(engine, "SELECT on allow_list"))
        await database.execute(f"GRANT ALL ON allow_list TO {database.role}")
        await eventually(lambda: is_ready(engine))


async def test_a_table_that_another_session_locks(installation: Installation) -> None:
    held, release = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with installation.database.transaction() as connection:
            await connection.execute("LOCK TABLE claims IN ACCESS EXCLUSIVE MODE")
            held.set()
            await release.wait()

    async with asyncio.TaskGroup() as tasks:

        async def begin() -> None:
            tasks.create_task(hold())
            await held.wait()

        async def end() -> None:
            release.set()

        async with outage(
            installation, begin, end, "another session holds a lock", "no trigger was executed"
        ):
            pass


@pytest.mark.parametrize("name", ["deliveries.email", "executions", "profiles.created"])
async def test_an_output_topic_that_was_deleted(installation: Installation, name: str) -> None:
    topic = f"{installation.topics.prefix}{name}"

    async def delete() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=installation.settings.kafka_bootstrap_servers or "")
        await admin.start()
        try:
            await admin.delete_topics([topic])
        finally:
            await admin.close()

    before, after = people(), people()
    async with installation.engine() as engine:
        await delete()
        await installation.send_all(before)
        await eventually(lambda: said_on_readyz(engine, f"missing {topic}"))
        await eventually(lambda: said_on_readyz(engine, "no trigger was executed"))
        assert await metric(engine.port, "clarion_consumer_lag") == len(before)

        await create_topics(installation.settings)

        await eventually(lambda: is_ready(engine))
        await installation.send_all(after)
        await eventually(lambda: executed_at_least(installation, len(before + after)))
    (await take_census(installation)).assert_exactly_once(before + after)


async def test_a_right_that_the_high_throughput_lane_does_not_need(
    installation: Installation, database: OwnDatabase
) -> None:
    await installation.activate(campaign(id="fast", lane="high-throughput", createProfiles=False))
    one = trigger(recipient("a@example.com", type="external"), campaignId="fast")
    async with installation.engine("high-throughput") as engine:
        await database.execute(
            f"REVOKE INSERT ON claims FROM {database.role}",
            f"ALTER ROLE {database.role} SET default_transaction_read_only = on",
        )
        await database.end_sessions()
        await installation.send(one, lane="high-throughput")
        await installation.executions(1)
        await eventually(lambda: is_ready(engine))
    assert [delivery["requestId"] for delivery in await installation.deliveries()] == [one["requestId"]]

"""Kafka is away, at the start or later: nothing is lost, nothing is done twice, and all of it is told."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from embedded import KafkaServer, start_kafka
from tests.builders import campaign, recipient, trigger
from tests.faults.census import executed_at_least, take_census
from tests.faults.processes import IMPATIENT, frozen, is_ready, is_unready
from tests.installation import Installation, Json, eventually, headers

NOTICED_SECONDS = 6.0


@pytest.fixture(scope="module")
async def own_kafka() -> AsyncIterator[KafkaServer]:
    server = await start_kafka()
    yield server
    await server.stop()


@pytest.fixture
async def installation(own_kafka: KafkaServer, database_url: str) -> AsyncIterator[Installation]:
    async with Installation.create(own_kafka.bootstrap_servers, database_url) as installation:
        await installation.activate(campaign())
        yield installation


def people(what: str, count: int) -> list[Json]:
    return [trigger(recipient(f"{what}-{n}@example.com")) for n in range(count)]


async def test_a_broker_killed_under_load_and_started_again_is_waited_for(
    installation: Installation, own_kafka: KafkaServer
) -> None:
    before, after = people("before", 1_000), people("after", 20)
    await installation.send_all(before)
    async with installation.engine(batch_max=20, **IMPATIENT) as engine:
        await eventually(lambda: executed_at_least(installation, 100))

        await own_kafka.kill()
        killed_at = monotonic()
        await eventually(lambda: is_unready(engine))
        assert monotonic() - killed_at < NOTICED_SECONDS

        await own_kafka.start_again()
        await eventually(lambda: is_ready(engine))
        await installation.send_all(after)
        await eventually(lambda: executed_at_least(installation, 1_020))
    (await take_census(installation)).assert_exactly_once(before + after)


async def test_a_broker_that_hangs_under_load_is_noticed_and_waited_for(
    installation: Installation, own_kafka: KafkaServer
) -> None:
    triggers = people("hung", 1_000)
    await installation.send_all(triggers)
    async with installation.engine(batch_max=20, **IMPATIENT) as engine:
        await eventually(lambda: executed_at_least(installation, 100))

        with frozen(own_kafka.pid):
            frozen_at = monotonic()
            await eventually(lambda: is_unready(engine))
            assert monotonic() - frozen_at < NOTICED_SECONDS
            # Until what was sent to it has been given up.
            await eventually(lambda: monotonic() - frozen_at > 8)

        await eventually(lambda: is_ready(engine))
        await eventually(lambda: executed_at_least(installation, 1_000))
    (await take_census(installation)).assert_exactly_once(triggers)


async def test_a_broker_absent_at_the_start_is_waited_for(
    installation: Installation, own_kafka: KafkaServer
) -> None:
    triggers = people("early", 20)
    await installation.send_all(triggers)
    await own_kafka.kill()
    async with installation.starting_engine() as engine:
        await eventually(lambda: is_unready(engine))

        await own_kafka.start_again()

        await eventually(lambda: is_ready(engine))
        await eventually(lambda: executed_at_least(installation, len(triggers)))
    (await take_census(installation)).assert_exactly_once(triggers)


async def test_a_decision_that_grows_old_in_a_hung_transaction_is_not_sent(
    installation: Installation, own_kafka: KafkaServer
) -> None:
    end = datetime.now(UTC) + timedelta(seconds=3)
    await installation.activate(campaign(end=end.isoformat()))
    async with installation.engine() as engine:
        async with AsyncExitStack() as locked:
            connection = await locked.enter_async_context(installation.database.transaction())
            await connection.execute("LOCK TABLE claims IN ACCESS EXCLUSIVE MODE")
            await installation.send(trigger())
            await eventually(lambda: is_waiting_for_a_lock(installation))
            with frozen(own_kafka.pid):
                await locked.aclose()
                await eventually(lambda: has_claims(installation))
                assert datetime.now(UTC) < end, "too late to have decided before the end"
                await eventually(lambda: datetime.now(UTC) > end)
        await eventually(lambda: is_ready(engine))
        [letter] = await installation.dead_letters(1)

    assert headers(letter)["clarion.reason"] == "after_end"
    assert await installation.deliveries() == []


async def is_waiting_for_a_lock(installation: Installation) -> bool:
    async with installation.database.connection() as connection:
        waiting = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    return bool(waiting)


async def has_claims(installation: Installation) -> bool:
    async with installation.database.connection() as connection:
        return bool(await connection.fetchval("SELECT count(*) FROM claims"))

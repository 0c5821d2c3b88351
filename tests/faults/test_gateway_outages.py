"""The gateway while Kafka or PostgreSQL is away: no 202 for what Kafka has not, and all else goes on."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from consumer.store.migrate import migrate
from embedded import KafkaServer, PostgresServer, start_kafka, start_postgres
from tests.builders import campaign, trigger
from tests.feedback import delivery, event
from tests.gateways import HEALTH, UNITARY, Client, gateway_of
from tests.installation import Installation, eventually


@pytest.fixture(scope="module")
async def own_kafka() -> AsyncIterator[KafkaServer]:
    server = await start_kafka()
    yield server
    await server.stop()


@pytest.fixture(scope="module")
async def own_postgres() -> AsyncIterator[PostgresServer]:
    server = await start_postgres()
    await migrate(server.database_url)
    yield server
    await server.stop()


@pytest.fixture
async def installation(own_kafka: KafkaServer, own_postgres: PostgresServer) -> AsyncIterator[Installation]:
    servers = own_kafka.bootstrap_servers, own_postgres.database_url
    async with Installation.create(*servers) as installation:
        await installation.activate(campaign())
        yield installation


async def status_of(client: Client, **changes: str) -> int:
    return (await client.post(UNITARY, trigger(**changes))).status


async def feedback_status_of(client: Client) -> int:
    answer = await client.post("/api/v1/feedback", {"events": [event(delivery(), "sent")]})
    return answer.status


async def test_what_kafka_has_not_acknowledged_is_not_accepted(
    installation: Installation, own_kafka: KafkaServer
) -> None:
    async with gateway_of(installation) as client:
        assert await status_of(client) == 202
        await own_kafka.kill()
        answer = await client.post(UNITARY, trigger(requestId="again"))
        assert answer.status == 503
        assert answer.headers["Retry-After"]
        assert await feedback_status_of(client) == 503
        await eventually(client.gateway.not_ready_because)
        assert (await client.call("GET", HEALTH)).status == 503

        await own_kafka.start_again()

        async def is_accepted() -> bool:
            return await status_of(client, requestId="again") == 202

        await eventually(is_accepted)
        assert (await client.call("GET", HEALTH)).status == 200

        async def is_feedback_accepted() -> bool:
            return await feedback_status_of(client) == 202

        await eventually(is_feedback_accepted)


async def test_what_needs_no_database_goes_on_for_a_while_without_it(
    installation: Installation, own_postgres: PostgresServer
) -> None:
    stale_max = timedelta(seconds=20)
    async with gateway_of(installation, registry_poll_seconds=0.2, gateway_stale_max=stale_max) as client:
        await own_postgres.kill()
        assert await status_of(client) == 202
        assert await status_of(client, campaignId="unknown") == 503

        async def is_stale() -> bool:
            return await status_of(client) == 503

        await eventually(is_stale)
        assert (await client.call("GET", HEALTH)).status == 503
        await own_postgres.start_again()

        async def is_accepted() -> bool:
            return await status_of(client) == 202

        await eventually(is_accepted)
        assert await status_of(client, campaignId="unknown") == 404

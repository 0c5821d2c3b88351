"""Each role works with exactly the rights of docs/deployment.md, and each missing one is named."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from consumer.kafka.errors import RightsMissingError
from consumer.kafka.topics import LANES
from tests.builders import campaign, trigger
from tests.installation import Installation, eventually
from tests.integration.secured.broker import SecuredKafka
from tests.integration.secured.conftest import Access
from tests.integration.secured.rights_table import Grant, grants
from tests.integration.secured.roles import Roles
from tests.letters import letter_headers

TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
async def installation(secured: SecuredKafka, database_url: str) -> AsyncIterator[Installation]:
    """Its own user may do everything."""
    async with Installation.create(secured.administered_at, database_url, topic_partitions=1) as ours:
        yield ours


@pytest.fixture
def roles(secured: SecuredKafka, access: Access, installation: Installation) -> Roles:
    return Roles(secured, access, installation)


async def test_every_role_works_with_its_rights_alone(roles: Roles, installation: Installation) -> None:
    await installation.activate(campaign(start=TOMORROW))
    call = ("send", "--campaign", "welcome", "--to", "email:alice@example.com", "--context", "name=Alice")
    async with roles.granted(grants()), roles.consumer() as engine:
        await eventually(lambda: not engine.not_ready_because())
        assert (await roles.command("producer", *call)).code == 0
        await installation.dead_letters(1)
        assert (await roles.command("operator", "dead-letters", "list")).out.count("before_start") == 1
        await installation.activate(campaign())
        assert "Released 1" in (await roles.command("operator", "dead-letters", "release")).out
        await eventually(installation.deliveries)
        assert await roles.project()
        done = await roles.command("creator", "topics", "create")
        assert (done.code, done.out.count("exists")) == (0, len(done.out.splitlines()))


def granted_to(role: str) -> list[Any]:
    return [pytest.param(grant, id=f"{grant.operation} {grant.name}") for grant in grants(role)]


async def missing(roles: Roles, grant: Grant, *arguments: str) -> str:
    """What a command says that lacks only this."""
    async with roles.granted(other for other in grants(grant.role) if other != grant):
        with pytest.raises(RightsMissingError) as refused:
            await roles.command(grant.role, *arguments)
    return str(refused.value)


@pytest.mark.parametrize("grant", granted_to("producer"))
async def test_a_right_that_a_producer_lacks_is_named(roles: Roles, grant: Grant) -> None:
    call = ("--campaign", "welcome", "--to", "email:alice@example.com")

    assert roles.names(await missing(roles, grant, "send", *call), grant)


@pytest.mark.parametrize("grant", granted_to("consumer"))
async def test_a_right_that_a_consumer_lacks_is_named_until_it_is_granted(roles: Roles, grant: Grant) -> None:
    async with (
        roles.granted(other for other in grants("consumer") if other != grant),
        roles.consumer() as engine,
    ):
        await eventually(lambda: any(roles.names(reason, grant) for reason in engine.not_ready_because()))
        async with roles.granted([grant]):
            await eventually(lambda: not engine.not_ready_because())


@pytest.mark.parametrize("grant", granted_to("consumer"))
async def test_a_right_that_is_taken_from_a_running_consumer_is_named(
    roles: Roles, installation: Installation, grant: Grant
) -> None:
    await installation.activate(campaign())
    async with roles.granted(grants("consumer")), roles.consumer() as engine:
        await eventually(lambda: not engine.not_ready_because())
        await installation.send(trigger())
        await eventually(installation.deliveries)

        await roles.revoke(grant)
        await installation.send(trigger(), trigger(campaignId="unknown"))
        await eventually(lambda: any(roles.names(reason, grant) for reason in engine.not_ready_because()))
        await roles.grant(grant)
        await eventually(lambda: not engine.not_ready_because())

        await installation.executions(3)
        assert len(await installation.deliveries()) == 2
        assert len(await installation.dead_letters()) == 1


@pytest.mark.parametrize("grant", granted_to("projector"))
async def test_a_right_that_the_projector_lacks_is_named(roles: Roles, grant: Grant) -> None:
    async with roles.granted(other for other in grants("projector") if other != grant):
        with pytest.raises(RightsMissingError) as refused:
            await roles.project()

    assert roles.names(str(refused.value), grant)


@pytest.mark.parametrize("grant", granted_to("projector"))
async def test_a_right_that_is_taken_from_a_running_projector_is_named(roles: Roles, grant: Grant) -> None:
    async with roles.granted(grants("projector")), roles.projector() as projecting:
        await eventually(lambda: not projecting.not_ready_because())

        await roles.revoke(grant)
        await eventually(lambda: any(roles.names(reason, grant) for reason in projecting.not_ready_because()))
        await roles.grant(grant)
        await eventually(lambda: not projecting.not_ready_because())


@pytest.mark.parametrize("grant", granted_to("operator"))
async def test_a_right_that_an_operator_lacks_is_named(
    roles: Roles, installation: Installation, grant: Grant
) -> None:
    for origin in map(installation.topics.triggers, LANES):
        await installation.producer.send_and_wait(
            installation.topics.dead_letters,
            orjson.dumps(trigger()),
            headers=letter_headers(origin_topic=origin, origin_partition="0", attempt="1"),
        )
    command = ("list",) if grant.operation == "Read" else ("replay", "--execute")

    assert roles.names(await missing(roles, grant, "dead-letters", *command), grant)


@pytest.mark.parametrize("grant", granted_to("creator"))
async def test_a_right_that_creating_topics_lacks_is_named(
    roles: Roles, installation: Installation, grant: Grant
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=installation.settings.kafka_bootstrap_servers or "")
    await admin.start()
    await admin.delete_topics([installation.topics.executions])
    await admin.close()

    assert roles.names(await missing(roles, grant, "topics", "create"), grant)

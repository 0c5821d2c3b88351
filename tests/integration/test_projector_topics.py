"""What happens to topics happens to the tables made from them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.structs import TopicPartition

from consumer.following import OtherTopicsError
from consumer.kafka.admin import create_topics
from consumer.kafka.errors import TopicsMissingError
from consumer.projector import Projector
from tests.installation import Installation, eventually
from tests.past import execution, write_past
from tests.projecting import all_there, assert_projected, project, projector
from tests.recount import recount, tables


async def test_a_topic_made_anew_replaces_what_was_projected(installation: Installation) -> None:
    await write_past(installation, range(1_000))
    await project(installation)
    await recreate(installation)
    await write_past(installation, range(50))
    await project(installation)
    await assert_projected(installation)


async def test_rows_leave_with_their_records(installation: Installation) -> None:
    await write_past(installation, range(1_000))
    await project(installation)
    await delete_before(installation, 40)
    await project(installation)
    found = await tables(installation.settings.database_url or "")
    told = await recount(installation)
    assert found["executions"] == told["executions"]
    assert found["counts"] == told["counts"]
    assert found["dead_letters"] == told["dead_letters"]
    assert 0 < len(found["executions"]) < 1_000


async def test_tables_of_another_installation_are_not_mixed(installation: Installation) -> None:
    await project(installation)
    async with installation.database.connection() as connection:
        await connection.execute("UPDATE projection_offsets SET topic = 'x.' || topic")
    with pytest.raises(OtherTopicsError, match="--rebuild"):
        await project(installation)
    await project(installation, rebuild=True)


async def test_missing_topics_are_told(installation: Installation) -> None:
    elsewhere = installation.settings.model_copy(update={"topic_prefix": "nowhere."})
    with pytest.raises(TopicsMissingError, match="clarion topics create"):
        await Projector(elsewhere).run_once(asyncio.Event())


async def test_new_partitions_are_noticed(installation: Installation) -> None:
    async with projector(installation):
        await add_partitions(installation)
        for partition in range(5):
            await installation.producer.send_and_wait(
                installation.topics.executions, orjson.dumps(execution(partition)), partition=partition
            )
        await eventually(lambda: all_there(installation, 5))


@asynccontextmanager
async def admin(installation: Installation) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=installation.settings.kafka_bootstrap_servers or "")
    await client.start()
    try:
        yield client
    finally:
        await client.close()


def projected_topics(installation: Installation) -> list[str]:
    topics = installation.topics
    return [topics.executions, topics.dead_letters, topics.resolutions]


async def recreate(installation: Installation) -> None:
    async with admin(installation) as client:
        await client.delete_topics(projected_topics(installation))

        async def is_gone() -> bool:
            return not set(projected_topics(installation)) & set(await client.list_topics())

        await eventually(is_gone)
    await create_topics(installation.settings)


async def delete_before(installation: Installation, offset: int) -> None:
    async with admin(installation) as client:
        for topic in projected_topics(installation)[:2]:
            await client.delete_records(
                {TopicPartition(topic, partition): RecordsToDelete(offset) for partition in range(3)}
            )


async def add_partitions(installation: Installation) -> None:
    async with admin(installation) as client:
        await client.create_partitions({installation.topics.executions: NewPartitions(5)})

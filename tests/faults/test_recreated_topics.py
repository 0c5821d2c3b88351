"""Trigger topics deleted and made again, as docs/upgrade.md says."""

import asyncio

from confluent_kafka.admin import AdminClient

from consumer.kafka.admin import create_topics
from tests.builders import campaign, trigger
from tests.faults.backups import documented_sql
from tests.installation import Installation, eventually


async def test_a_trigger_topic_made_again_is_read_from_its_beginning_however_long_it_is(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    async with installation.engine():
        await installation.send(*(trigger() for _ in range(3)))
        await installation.executions(3)
    await delete_topic(installation, topic := installation.topics.triggers("unitary"))
    async with installation.database.transaction() as connection:
        for statement in documented_sql("Lost and recreated topics"):
            await connection.execute(statement.replace("clarion.triggers", topic))
    await create_topics(installation.settings)
    # Longer than the old one was: by its stored offset the engine would begin in the middle.
    again = [trigger() for _ in range(5)]
    await installation.send(*again)
    async with installation.engine():
        executions = await installation.executions(8)
    assert {one["requestId"] for one in again} < {one["requestId"] for one in executions}


async def delete_topic(installation: Installation, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": installation.settings.kafka_bootstrap_servers or ""})
    await asyncio.to_thread(admin.delete_topics([topic])[topic].result, 30)
    await eventually(lambda: asyncio.to_thread(lambda: topic not in admin.list_topics(timeout=10).topics))

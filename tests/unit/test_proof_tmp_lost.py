import asyncio
from aiokafka.admin import AIOKafkaAdminClient
from confluent_kafka.admin import AdminClient
from tests.builders import recipient, trigger, campaign
from tests.installation import Installation, eventually


async def test_offsets_lost_long_after_a_crash_send_nothing_again(installation: Installation) -> None:
    await installation.activate(campaign())
    await installation.send(*(trigger(requestId=f"r-{n}") for n in range(3)))
    async with installation.engine():
        await installation.executions(3)
    # as if killed between the commit and the write of what it acknowledged
    async with installation.database.connection() as connection:
        await connection.execute("UPDATE partitions SET acknowledged_offset = NULL")
    async with installation.engine():
        await asyncio.sleep(2)
    admin = AdminClient({"bootstrap.servers": installation.settings.kafka_bootstrap_servers})
    group = installation.settings.group_for("unitary")
    await asyncio.to_thread(admin.delete_consumer_groups([group])[group].result, 30)
    async with installation.engine():
        await installation.send(trigger(requestId="r-3"))
        await eventually(lambda: asyncio.sleep(0, True))
        await installation.executions(4)
        await asyncio.sleep(1)
    assert sorted(d["requestId"] for d in await installation.deliveries()) == ["r-0", "r-1", "r-2", "r-3"]

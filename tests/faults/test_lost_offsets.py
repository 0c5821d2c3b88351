import asyncio

from confluent_kafka.admin import AdminClient

from tests.builders import campaign, trigger
from tests.installation import Installation, eventually


async def test_offsets_lost_long_after_a_crash_bring_nothing_back(installation: Installation) -> None:
    await installation.activate(campaign())
    await installation.send(*(trigger(requestId=f"r-{n}") for n in range(3)))
    async with installation.engine():
        await installation.executions(3)
    await forget_what_was_acknowledged(installation)
    async with installation.engine():
        await eventually(lambda: acknowledged(installation))

    await lose_offsets(installation)

    async with installation.engine():
        await installation.send(trigger(requestId="r-3"))
        await eventually(lambda: has_executed(installation, "r-3"))
    delivered = [delivery["requestId"] for delivery in await installation.deliveries()]
    assert delivered == ["r-0", "r-1", "r-2", "r-3"]


async def forget_what_was_acknowledged(installation: Installation) -> None:
    """As if the process had been killed after its last commit and before it stored that."""
    async with installation.database.connection() as connection:
        await connection.execute("UPDATE partitions SET acknowledged_offset = NULL")


async def acknowledged(installation: Installation) -> int:
    async with installation.database.connection() as connection:
        return int(await connection.fetchval("SELECT coalesce(max(acknowledged_offset), 0) FROM partitions"))


async def lose_offsets(installation: Installation) -> None:
    servers = installation.settings.kafka_bootstrap_servers or ""
    admin = AdminClient({"bootstrap.servers": servers, "log_level": 0})
    group_id = installation.settings.group_for("unitary")
    await asyncio.to_thread(admin.delete_consumer_groups([group_id])[group_id].result, 30)


async def has_executed(installation: Installation, request_id: str) -> bool:
    return request_id in {execution["requestId"] for execution in await installation.executions()}

from consumer.store.database import Database
from consumer.store.suppressions import (
    SuppressionReason,
    add_suppression,
    list_suppressions,
    remove_suppressions,
)
from schemas.channel import Channel

BOUNCE, COMPLAINT = SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT


async def test_an_address_is_suppressed_once_for_each_reason(database: Database) -> None:
    async with database.transaction() as connection:
        assert await add_suppression(connection, Channel.EMAIL, "alice@example.com", BOUNCE)
        assert not await add_suppression(connection, Channel.EMAIL, "alice@example.com", BOUNCE)
        assert await add_suppression(connection, Channel.EMAIL, "alice@example.com", COMPLAINT)
        found = await list_suppressions(connection, None)
    assert [(s.channel, s.address, s.reason) for s in found] == [
        (Channel.EMAIL, "alice@example.com", BOUNCE),
        (Channel.EMAIL, "alice@example.com", COMPLAINT),
    ]


async def test_one_reason_or_all_are_removed(database: Database) -> None:
    async with database.transaction() as connection:
        for reason in SuppressionReason:
            await add_suppression(connection, Channel.SMS, "+4670", reason)
        assert await remove_suppressions(connection, Channel.SMS, "+4670", COMPLAINT) == [COMPLAINT]
        assert len(await remove_suppressions(connection, Channel.SMS, "+4670", None)) == 2
        assert await remove_suppressions(connection, Channel.SMS, "+4670", None) == []


async def test_the_list_can_be_of_one_channel(database: Database) -> None:
    async with database.transaction() as connection:
        await add_suppression(connection, Channel.SMS, "+4670", BOUNCE)
        await add_suppression(connection, Channel.EMAIL, "alice@example.com", BOUNCE)
        assert [s.address for s in await list_suppressions(connection, Channel.SMS)] == ["+4670"]

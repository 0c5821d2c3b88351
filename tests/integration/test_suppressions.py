from consumer.profiles.respelling import respell
from consumer.rules.address_keys import entry_keys
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
        assert await remove_suppressions(connection, Channel.SMS, ["+4670"], COMPLAINT) == [COMPLAINT]
        assert len(await remove_suppressions(connection, Channel.SMS, ["+4670"], None)) == 2
        assert await remove_suppressions(connection, Channel.SMS, ["+4670"], None) == []


async def test_the_list_can_be_of_one_channel(database: Database) -> None:
    async with database.transaction() as connection:
        await add_suppression(connection, Channel.SMS, "+4670", BOUNCE)
        await add_suppression(connection, Channel.EMAIL, "alice@example.com", BOUNCE)
        assert [s.address for s in await list_suppressions(connection, Channel.SMS)] == ["+4670"]


# --- entries of before -------------------------------------------------------------------------------------


async def entries(database: Database) -> list[tuple[str, str, str]]:
    async with database.connection() as connection:
        found = await list_suppressions(connection, None)
    return [(s.address, s.reason.value, f"{s.created_at:%Y}") for s in found]


async def add_entries(database: Database, *rows: tuple[str, str, str, int]) -> None:
    async with database.transaction() as connection:
        for channel, address, reason, year in rows:
            await connection.execute(
                "INSERT INTO suppressions VALUES ($1, $2, $3, make_timestamptz($4, 6, 1, 0, 0, 0))",
                channel, address, reason, year,
            )  # fmt: skip


async def test_entries_of_an_older_clarion_are_respelled_and_those_that_meet_become_one(
    database: Database,
) -> None:
    await add_entries(
        database,
        ("sms", "+460701234567", "unsubscribe", 2024),
        ("sms", "0046701234567", "bounce", 2023),
        ("sms", "0046701234567", "unsubscribe", 2022),
        ("sms", "+46701234567", "unsubscribe", 2025),
        ("sms", "72404", "bounce", 2025),
        ("email", "alice@example.com", "bounce", 2025),
        # As long as this, it is stored only because it can be compressed.
        ("push", "x" * 5_000, "bounce", 2025),
    )
    assert await respell(database, None) == 3
    assert await entries(database) == [
        ("alice@example.com", "bounce", "2025"),
        (entry_keys(Channel.PUSH, "x" * 5_000, None)[0], "bounce", "2025"),
        ("+46701234567", "bounce", "2023"),
        ("+46701234567", "unsubscribe", "2022"),
        ("72404", "bounce", "2025"),
    ]
    assert await respell(database, None) == 0


async def test_national_numbers_are_respelled_once_their_region_is_set(database: Database) -> None:
    await add_entries(database, ("sms", "0701234567", "bounce", 2025))
    assert await respell(database, None) == 0
    assert await respell(database, "SE") == 1
    assert await entries(database) == [("+46701234567", "bounce", "2025")]


async def test_a_list_of_several_pages_is_respelled_whole(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            """
            INSERT INTO suppressions SELECT 'sms', '+460' || (700000000 + n), 'bounce'
            FROM generate_series(1, 2500) AS n
            """
        )
    assert await respell(database, None) == 2_500
    assert [address for address, *_ in await entries(database)] == [
        f"+46{700000000 + n}" for n in range(1, 2_501)
    ]

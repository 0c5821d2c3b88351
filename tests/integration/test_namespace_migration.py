"""Migration 0003: what an older Clarion stored with capital letters in a namespace."""

from collections.abc import Sequence
from uuid import UUID

import orjson
import pytest

from consumer.store import Database, DatabaseDataError
from consumer.store.migrate import migrate
from consumer.store.profiles import find_profile
from tests.builders import Json, campaign

FIRST, SECOND, THIRD, OTHER = (UUID(int=number) for number in range(1, 5))


async def stored(
    url: str, people: dict[UUID, tuple[Json, Json]], identities: Sequence[tuple[str, str, UUID]]
) -> Database:
    """A database with these profiles, created in this order, after the migration."""
    await migrate(url, to="0002")
    database = await Database.connect(url)
    async with database.transaction() as connection:
        for day, (id_, (attributes, consents)) in enumerate(people.items()):
            await connection.execute(
                """
                INSERT INTO profiles (id, attributes, consents, created_at)
                VALUES ($1, $2, $3, timestamptz '2026-01-01' + $4 * interval '1 day')
                """,
                *(id_, attributes, consents, day),
            )
        await connection.executemany("INSERT INTO identities VALUES ($1, $2, $3)", identities)
    await migrate(url)
    return database


async def owners(database: Database) -> list[tuple[str, str, UUID]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM identities ORDER BY namespace, value")
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM profiles WHERE id NOT IN (SELECT profile_id FROM identities)"
            )
            == 0
        )
    return [(row["namespace"], row["value"], row["profile_id"]) for row in rows]


async def test_namespaces_become_lower_case_and_user_ids_stay(empty_database_url: str) -> None:
    people: dict[UUID, tuple[Json, Json]] = {FIRST: ({}, {}), SECOND: ({}, {})}
    identities = [("ECID", "Ab1", FIRST), ("CRM.Id", "Ab1", SECOND), ("email", "Ab1", SECOND)]
    async with await stored(empty_database_url, people, identities) as database:
        assert await owners(database) == [
            ("crm.id", "Ab1", SECOND),
            ("ecid", "Ab1", FIRST),
            ("email", "Ab1", SECOND),
        ]


async def test_several_spellings_of_one_persons_identity_become_one(empty_database_url: str) -> None:
    identities = [(namespace, "a", FIRST) for namespace in ("Email", "EMAIL", "email")]
    async with await stored(empty_database_url, {FIRST: ({"kept": 1}, {})}, identities) as database:
        assert await owners(database) == [("email", "a", FIRST)]


async def test_profiles_that_share_an_identity_are_joined_into_the_first(empty_database_url: str) -> None:
    people: dict[UUID, tuple[Json, Json]] = {
        SECOND: (
            {"person": {"name": {"firstName": "Al", "lastName": "Liddell"}}},
            {"marketing": {"email": {"val": "n", "time": "then"}, "sms": {"val": "y"}}},
        ),
        FIRST: (
            {"person": {"name": {"firstName": "Alice"}}},
            {"marketing": {"email": {"val": "y"}, "push": {"val": "y"}}},
        ),
        THIRD: ({"loyalty": "gold"}, {"marketing": {"sms": {"val": "n"}}}),
        OTHER: ({"person": "Bob"}, {}),
    }
    identities = [
        ("Email", "a@b.c", SECOND),
        ("email", "a@b.c", FIRST),
        ("crm", "1", FIRST),
        ("CRM", "1", THIRD),
        ("Phone", "+1", THIRD),
        ("email", "bob@b.c", OTHER),
    ]
    async with await stored(empty_database_url, people, identities) as database:
        # SECOND is the earliest; THIRD has nothing in common with it, but with FIRST.
        assert await owners(database) == [
            ("crm", "1", SECOND),
            ("email", "a@b.c", SECOND),
            ("email", "bob@b.c", OTHER),
            ("phone", "+1", SECOND),
        ]
        async with database.connection() as connection:
            joined = await find_profile(connection, ("phone", "+1"))
            assert await connection.fetchval("SELECT count(*) FROM profiles") == 2
    assert joined
    assert joined.holding.attributes == {
        "person": {"name": {"firstName": "Alice", "lastName": "Liddell"}},
        "loyalty": "gold",
    }
    # Whoever refused once is not sent anything because of a consent under another spelling.
    assert joined.holding.consents == {
        "marketing": {
            "email": {"val": "n", "time": "then"},
            "sms": {"val": "n"},
            "push": {"val": "y"},
        }
    }


async def test_the_namespaces_of_campaigns_become_lower_case(empty_database_url: str) -> None:
    await migrate(empty_database_url, to="0002")
    async with await Database.connect(empty_database_url) as database:
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO campaigns (id, revision) VALUES ('welcome', 1)")
            await connection.execute(
                "INSERT INTO campaign_versions (campaign_id, version, status, definition)"
                " VALUES ('welcome', 1, 'live', $1)",
                campaign(namespace="Email"),
            )
        await migrate(empty_database_url)
        async with database.connection() as connection:
            definition = await connection.fetchval("SELECT definition FROM campaign_versions")
    assert orjson.dumps(definition, option=orjson.OPT_SORT_KEYS) == orjson.dumps(
        campaign(), option=orjson.OPT_SORT_KEYS
    )


async def test_an_older_process_cannot_store_another_spelling_unseen(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("INSERT INTO profiles (id) VALUES ($1)", FIRST)
    with pytest.raises(DatabaseDataError):
        async with database.connection() as connection:
            await connection.execute("INSERT INTO identities VALUES ('Email', 'a', $1)", FIRST)

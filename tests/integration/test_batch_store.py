"""What a batch writes to the database, as if done once, and only by the owner of its partitions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import pytest

from consumer.store.batch import DatabaseBatchStore
from consumer.store.database import Database
from consumer.store.errors import DatabaseDataError, DatabaseUnavailable
from consumer.store.partitions import EpochSuperseded, acknowledge, raise_epochs
from consumer.store.work import Claim, Creation, Work
from schemas.ids import DeliveryId
from schemas.place import Place

GROUP, TOPIC = "group", "triggers"
CONTENT = b"a fingerprint's 16"[:16]


@pytest.fixture
def store(database: Database) -> DatabaseBatchStore:
    return DatabaseBatchStore(database)


def work(
    epoch: int,
    *,
    offset: int = 0,
    partition: int = 0,
    claims: tuple[DeliveryId, ...] = (),
    releases: tuple[DeliveryId, ...] = (),
    creations: tuple[str, ...] = (),
) -> Work:
    """What one record of the topic wants to write."""
    owner = Place(TOPIC, partition, offset)
    return Work(
        GROUP,
        TOPIC,
        {partition: epoch},
        {partition: offset + 1},
        {("email", user_id): Creation(str(uuid4()), owner) for user_id in creations},
        [(id_, owner) for id_ in releases],
        {id_: Claim(owner, CONTENT) for id_ in claims},
    )


def new_id() -> DeliveryId:
    return DeliveryId(str(uuid4()))


async def taken_over(database: Database, partition: int = 0) -> int:
    """The epoch by which the partition may be written from now on."""
    return (await raise_epochs(database, GROUP, TOPIC, [partition]))[partition].epoch


async def claim_owners(database: Database) -> dict[str, tuple[int, int]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT delivery_id, owner_partition, owner_offset FROM claims")
    return {str(id_): (partition, offset) for id_, partition, offset in rows}


# --- the epoch ---------------------------------------------------------------------------------------


async def test_a_former_owner_neither_claims_nor_creates(
    database: Database, store: DatabaseBatchStore
) -> None:
    former = await taken_over(database)
    await taken_over(database)

    with pytest.raises(EpochSuperseded, match=r"\[0\]"):
        await store.write(work(former, claims=(new_id(),), creations=("late@example.com",)))

    assert await claim_owners(database) == {}
    assert await store.find_profiles([("email", "late@example.com")]) == {}


async def test_a_former_owner_does_not_release_what_the_new_one_claimed(
    database: Database, store: DatabaseBatchStore
) -> None:
    id_ = new_id()
    former = await taken_over(database)
    await store.write(work(former, claims=(id_,)))
    await store.write(work(await taken_over(database), claims=(id_,)))

    with pytest.raises(EpochSuperseded):
        await store.write(work(former, releases=(id_,)))

    assert await claim_owners(database) == {id_: (0, 0)}


async def test_one_lost_partition_is_enough_to_refuse_the_whole_batch(
    database: Database, store: DatabaseBatchStore
) -> None:
    kept, lost = await taken_over(database, 0), await taken_over(database, 1)
    await taken_over(database, 1)
    both = Work(GROUP, TOPIC, {0: kept, 1: lost}, {0: 1, 1: 1}, {}, [], {new_id(): a_claim(0)})

    with pytest.raises(EpochSuperseded, match=r"\[1\]"):
        await store.write(both)

    assert await claim_owners(database) == {}


def a_claim(partition: int) -> Claim:
    return Claim(Place(TOPIC, partition, 0), CONTENT)


async def test_a_takeover_waits_for_the_batch_that_is_being_written(
    database: Database, store: DatabaseBatchStore
) -> None:
    id_ = new_id()
    former = await taken_over(database)
    async with being_claimed(database, id_):
        writing = asyncio.create_task(store.write(work(former, claims=(id_,))))
        await until_waiting_for_locks(database, 1)
        taking_over = asyncio.create_task(taken_over(database))
        await until_waiting_for_locks(database, 2)

    await writing
    assert await taking_over == former + 1
    assert await claim_owners(database) == {id_: (0, 0)}, "the new owner sees what the old one wrote"


async def test_a_former_owner_does_not_set_the_acknowledged_offset(database: Database) -> None:
    former = await taken_over(database)
    current = await taken_over(database)
    await acknowledge(database, GROUP, TOPIC, {0: current}, {0: 70})

    await acknowledge(database, GROUP, TOPIC, {0: former}, {0: 50})

    stored = await raise_epochs(database, GROUP, TOPIC, [0])
    assert stored[0].acknowledged_offset == 70


async def test_acknowledging_and_writing_at_once_do_not_deadlock(
    database: Database, store: DatabaseBatchStore
) -> None:
    numbers = list(range(50))
    # Stored in reverse, and known to be few: PostgreSQL then reads the rows as they lie.
    epochs = {number: await taken_over(database, number) for number in reversed(numbers)}
    async with database.connection() as connection:
        await connection.execute("ANALYZE partitions")

    async def write() -> None:
        for offset in range(100):
            await store.write(Work(GROUP, TOPIC, epochs, dict.fromkeys(numbers, offset), {}, [], {}))

    async def acknowledge_all() -> None:
        for offset in range(100):
            await acknowledge(database, GROUP, TOPIC, epochs, dict.fromkeys(numbers, offset))

    async with asyncio.timeout(30):
        await asyncio.gather(write(), acknowledge_all())  # a deadlock is raised as DatabaseUnavailable


# --- claims ------------------------------------------------------------------------------------------


async def test_a_claim_taken_before_by_the_same_record_is_its_own(
    database: Database, store: DatabaseBatchStore
) -> None:
    id_ = new_id()
    epoch = await taken_over(database)
    await store.write(work(epoch, offset=7, claims=(id_,)))

    again = await store.write(work(await taken_over(database), offset=7, claims=(id_,)))

    assert again.lost_claims == {}


async def test_a_claim_of_another_record_is_lost_and_told(
    database: Database, store: DatabaseBatchStore
) -> None:
    id_, free = new_id(), new_id()
    epoch = await taken_over(database)
    await store.write(work(epoch, offset=7, claims=(id_,)))

    later = await store.write(work(epoch, offset=8, claims=(id_, free)))

    assert later.lost_claims == {id_: Claim(Place(TOPIC, 0, 7), CONTENT)}
    assert await claim_owners(database) == {id_: (0, 7), free: (0, 8)}


async def test_of_two_owners_that_race_for_the_same_claims_each_claim_has_one(
    database: Database, store: DatabaseBatchStore
) -> None:
    ids = tuple(new_id() for _ in range(200))
    first, second = await taken_over(database, 0), await taken_over(database, 1)

    one, other = await asyncio.gather(
        store.write(work(first, partition=0, claims=ids)),
        store.write(work(second, partition=1, claims=tuple(reversed(ids)))),
    )

    assert {*one.lost_claims, *other.lost_claims} == set(ids)
    assert not set(one.lost_claims) & set(other.lost_claims)


async def test_a_release_frees_only_what_the_record_owns(
    database: Database, store: DatabaseBatchStore
) -> None:
    mine, others = new_id(), new_id()
    epoch = await taken_over(database)
    await store.write(work(epoch, offset=1, claims=(mine,)))
    await store.write(work(epoch, offset=2, claims=(others,)))

    await store.write(work(epoch, offset=1, releases=(mine, others)))

    assert await claim_owners(database) == {others: (0, 2)}


# --- profiles ----------------------------------------------------------------------------------------


async def test_of_two_owners_that_create_the_same_profile_one_does(
    database: Database, store: DatabaseBatchStore
) -> None:
    first, second = await taken_over(database, 0), await taken_over(database, 1)

    one, other = await asyncio.gather(
        store.write(work(first, partition=0, creations=("a@example.com", "b@example.com"))),
        store.write(work(second, partition=1, creations=("b@example.com", "a@example.com"))),
    )

    assert one.profiles == other.profiles
    assert set(one.profiles) == {("email", "a@example.com"), ("email", "b@example.com")}


async def test_data_that_a_constraint_refuses_is_an_error_of_data_and_nothing_is_written(
    database: Database, store: DatabaseBatchStore
) -> None:
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE identities ADD CHECK (value <> 'poison')")
    epoch = await taken_over(database)

    with pytest.raises(DatabaseDataError):
        await store.write(work(epoch, claims=(new_id(),), creations=("fine", "poison")))

    assert await claim_owners(database) == {}
    assert await store.find_profiles([("email", "fine")]) == {}


# --- a database transaction that goes silent ---------------------------------------------------------


async def test_a_process_that_sleeps_inside_its_transaction_does_not_hold_the_partition(
    database_url: str, database: Database
) -> None:
    async with await Database.connect(database_url, idle_in_transaction_ms=300) as sleeper:
        epoch = await taken_over(database)

        async def sleep_through_a_takeover() -> None:
            async with sleeper.transaction() as connection, asyncio.timeout(5):
                await connection.execute("UPDATE partitions SET attempted_offset = 1")
                # Says nothing from here on, but lives.
                assert await taken_over(database) == epoch + 1

        with pytest.raises(DatabaseUnavailable):
            await sleep_through_a_takeover()


@asynccontextmanager
async def being_claimed(database: Database, id_: DeliveryId) -> AsyncIterator[None]:
    """By a transaction that is rolled back in the end."""
    with suppress(RollBack):
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO claims VALUES ($1, 'elsewhere', 0, 0, '')", id_)
            yield
            raise RollBack


class RollBack(Exception):  # noqa: N818 - no error
    pass


async def until_waiting_for_locks(database: Database, count: int) -> None:
    async with database.connection() as connection, asyncio.timeout(10):
        query = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
        """
        while await connection.fetchval(query) < count:
            pass

"""The projector's tables are what the topics say, whatever happens to it, and to them."""

from functools import partial

import orjson
from aiohttp import ClientSession

from consumer.projector import Projector
from consumer.store.dead_letter_lists import DeadLetterFilter, count_dead_letters, list_dead_letters
from consumer.store.outcome_counts import sum_counts
from consumer.store.projections import projection_snapshot, read_offsets
from tests.builders import campaign, recipient, trigger
from tests.installation import Installation, eventually
from tests.past import execution, letter_headers, producer, resolution, write_past
from tests.projecting import all_there, assert_projected, project, projector
from tests.recount import recount, tables


async def metric(of: Projector, line: str) -> bool:
    async with ClientSession() as session:
        response = await session.get(f"http://127.0.0.1:{of.port}/metrics")
        return line in (await response.text()).splitlines()


async def test_what_the_engine_did_is_in_the_tables(installation: Installation) -> None:
    await installation.activate(campaign())
    no_name = trigger(recipient("alice@example.com"), recipient("not an address"), context={})
    async with installation.engine():
        await installation.send(trigger(), no_name, trigger(campaignId="nope"), b"garbage")
        await installation.executions(3)
        await installation.dead_letters(3)
    await project(installation)
    await assert_projected(installation)
    async with installation.database.connection() as connection:
        [listed] = await list_dead_letters(connection, DeadLetterFilter(reasons=["invalid_address"]), 10)
        counts = await sum_counts(connection, "welcome", None)
    assert listed.letter.reasons == ["missing_context", "invalid_address"]
    assert listed.letter.request_id == no_name["requestId"]
    assert [(c.outcome, c.reason, c.count) for c in counts] == [
        ("delivery", "", 1),
        ("rejection", "invalid_address", 1),
        ("rejection", "missing_context", 1),
    ]


async def test_a_rebuild_gives_the_same_tables(installation: Installation) -> None:
    await write_past(installation, range(1_000))
    await project(installation)
    before = await tables(installation.settings.database_url or "")
    assert before == await recount(installation)
    await project(installation, rebuild=True)
    assert await tables(installation.settings.database_url or "") == before


async def test_one_at_work_begins_anew_when_another_command_empties_the_tables(
    installation: Installation,
) -> None:
    await write_past(installation, range(1_000))
    async with projector(installation):
        await project(installation)
        await project(installation, rebuild=True)
        await assert_projected(installation)


async def test_a_second_projector_stands_by_and_takes_over(installation: Installation) -> None:
    async with projector(installation) as second, projector(installation) as first:
        await eventually(lambda: metric(second, "clarion_projector_active 1.0"))
        assert await metric(first, "clarion_projector_active 0.0")
        await write_past(installation, range(500))
        await project(installation)
        await assert_projected(installation)
    async with projector(installation) as third:
        await eventually(lambda: metric(third, "clarion_projector_active 1.0"))
        await write_past(installation, range(500, 600))
        await project(installation)
    await assert_projected(installation)


async def test_a_lost_connection_is_made_again(installation: Installation) -> None:
    async with projector(installation) as made:
        for first in (0, 500):
            await write_past(installation, range(first, first + 500))
            async with installation.database.connection() as connection:
                await connection.execute(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                    """
                )
        await eventually(lambda: all_there(installation, 1_000))
        await eventually(lambda: not made.not_ready_because())
    await assert_projected(installation)


async def test_lag_falls_to_nothing_behind_the_ends_of_transactions(installation: Installation) -> None:
    async with projector(installation) as made:
        await write_past(installation, range(300))
        await eventually(lambda: all_there(installation, 300))
        for topic in (installation.topics.executions, installation.topics.dead_letters):
            line = f'clarion_projection_lag_records{{topic="{topic}"}} 0.0'
            await eventually(partial(metric, made, line))
    await assert_projected(installation)


async def test_foreign_records_are_skipped(installation: Installation) -> None:
    topics, made = installation.topics, installation.producer
    for value in (b"", b"garbage", b"[]", b'{"executionId": 1}', None):
        for topic in (topics.executions, topics.dead_letters, topics.resolutions):
            await made.send_and_wait(topic, value, partition=0, key=b"no letter")
    await made.send_and_wait(topics.dead_letters, b"{}", partition=0, headers=[("clarion.reason", b"\xff")])
    await write_past(installation, range(100))
    await project(installation)
    assert len((await tables(installation.settings.database_url or ""))["executions"]) == 100


async def test_records_that_the_database_refuses_are_skipped_alone(installation: Installation) -> None:
    for number in range(20):
        changes = {"requestId": "nul\0"} if number in (3, 11, 12) else {}
        value = orjson.dumps(execution(number, **changes))
        await installation.producer.send_and_wait(installation.topics.executions, value, partition=0)
    await project(installation)
    offsets = [
        place[1] for place, *_ in (await tables(installation.settings.database_url or ""))["executions"]
    ]
    assert offsets == [number for number in range(20) if number not in (3, 11, 12)]


async def test_a_resolution_counts_for_the_letter_that_failed_then(installation: Installation) -> None:
    topics = installation.topics
    for number in range(3):
        await installation.producer.send_and_wait(
            topics.dead_letters, b"{}", partition=0, headers=letter_headers(number)
        )
    said = {0: resolution(0), 1: resolution(99), 2: resolution(2)}
    async with producer(installation) as made:
        await made.begin_transaction()
        for number, value in said.items():
            await made.send(topics.resolutions, orjson.dumps(value), key=f"0:{number}".encode())
        await made.commit_transaction()
    await project(installation)
    await installation.producer.send_and_wait(topics.resolutions, None, key=b"0:2")
    await project(installation)
    async with installation.database.connection() as connection:
        still_open = await list_dead_letters(connection, DeadLetterFilter(), 10)
        [resolved] = await list_dead_letters(connection, DeadLetterFilter(state="resolved"), 10)
    assert [found.letter.offset for found in still_open] == [2, 1]
    assert resolved.resolution
    assert resolved.resolution.operator == "olga"


async def test_open_letters_are_paged_and_counted(installation: Installation) -> None:
    await write_past(installation, range(1_000))
    await project(installation)
    async with projection_snapshot(installation.database) as connection:
        offsets = await read_offsets(connection)
        wanted = DeadLetterFilter(campaign_ids=["c-1"])
        everything = await list_dead_letters(connection, wanted, 1_000)
        paged, after = [], None
        while page := await list_dead_letters(connection, wanted, 7, after):
            paged += page
            after = page[-1].letter.cursor
        counts = await count_dead_letters(connection, wanted)
    assert paged == everything
    assert len(everything) == 33  # each tenth of 1,000, each third of that, and none of c-1 is resolved
    assert sum(count.count for count in counts) == 33
    assert len(offsets) == 9

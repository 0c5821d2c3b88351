"""PostgreSQL restored from a backup under a running group: what is kept, and which repeats are sent twice."""

from collections import Counter
from pathlib import Path

import pytest

from consumer.campaigns import lifecycle
from schemas.ids import delivery_id, execution_id
from tests.builders import trigger
from tests.commands import run
from tests.faults.backups import back_up, restore
from tests.faults.census import executed_at_least, take_census
from tests.faults.own_database import OwnDatabase
from tests.faults.processes import clarion_run, owns_partitions
from tests.faults.test_cannot_execute import people
from tests.installation import Installation, Json, eventually
from tests.projecting import assert_projected, projector


@pytest.fixture
def installation(own_installation: Installation) -> Installation:
    return own_installation


async def test_nothing_is_lost_and_only_repeats_of_what_came_after_the_backup_are_sent_twice(
    installation: Installation, database: OwnDatabase, tmp_path: Path
) -> None:
    old, lost, around, later = people(20), people(20), people(200), people(20)
    async with clarion_run(installation):
        await installation.send_all(old)
        await eventually(lambda: executed_at_least(installation, len(old)))
        backup = await back_up(database, tmp_path)
        # The partitions move, so that the processes hold higher epochs than the backup has.
        async with clarion_run(installation) as second:
            await eventually(lambda: owns_partitions(second))
            await installation.send_all(lost)
            await eventually(lambda: executed_at_least(installation, len(old + lost)))

            await installation.send_all(around)
            await restore(database, backup)
            await installation.send_all([*old, *lost, *later])
            sent = 2 * len(old + lost) + len(around + later)
            await eventually(lambda: executed_at_least(installation, sent))

    census = await take_census(installation)
    assert requests(census.deliveries) == once(old, around, later) | dict.fromkeys(ids(lost), 2)
    assert requests(census.executions) == once(around, later) | dict.fromkeys(ids(old + lost), 2)
    assert {dead_letter["requestId"] for dead_letter in census.dead_letters} == set()
    # A channel service that drops a deliveryId that it has sent drops these repeats, too.
    assert len({delivery["deliveryId"] for delivery in census.deliveries}) == len(old + lost + around + later)


async def test_the_projection_catches_up_after_a_restore(
    installation: Installation, database: OwnDatabase, tmp_path: Path
) -> None:
    async with installation.engine(), projector(installation):
        await installation.send_all(people())
        await eventually(lambda: executed_at_least(installation, 5))
        backup = await back_up(database, tmp_path)
        await installation.send_all([*people(), *(trigger(campaignId="nobody") for _ in range(3))])
        await installation.dead_letters(3)

        await restore(database, backup)

        await installation.send_all(people())
        await eventually(lambda: executed_at_least(installation, 18))
        await eventually(lambda: is_projected(installation))


async def is_projected(installation: Installation) -> bool:
    try:
        await assert_projected(installation)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize(("corrected", "outcome"), [(True, "delivery"), (False, "exclusion")])
async def test_a_claim_that_was_in_flight_in_the_backup_keeps_no_replay_from_being_sent(
    installation: Installation, database: OwnDatabase, tmp_path: Path, *, corrected: bool, outcome: str
) -> None:
    """Without the documented statement the replay meets the claim of its own first try as a duplicate."""
    call = trigger()
    async with installation.engine():
        await installation.send(trigger())
        await installation.executions(1)
    await claim_as_in_flight(installation, call)
    backup = await back_up(database, tmp_path)
    await lifecycle.stop(installation.database, "welcome")
    async with installation.engine():
        # The second try, after the backup: rejected, and its claim released.
        await installation.send(call)
        await installation.dead_letters(1)
    await restore(database, backup, corrected=corrected)
    async with installation.engine():
        replayed = await run(
            installation, "dead-letters", "replay", "--reason", "campaign_not_live", "--execute"
        )
        assert replayed.code == 0, replayed.err
        executions = await installation.executions(3)
    [last] = [one for one in executions if one["requestId"] == call["requestId"] and one["attempt"] == 2]
    assert [one["outcome"] for one in last["outcomes"]] == [outcome]


async def claim_as_in_flight(installation: Installation, call: Json) -> None:
    """As if record 1 of partition 0 had been claimed, and its process had died before Kafka's commit."""
    [recipient] = call["recipients"]
    execution = execution_id(call["campaignId"], call["requestId"])
    claimed = delivery_id(execution, recipient["namespace"], recipient["userId"], "email")
    async with installation.database.transaction() as connection:
        # The content is that of the record before, and with it the fingerprint.
        await connection.execute(
            "INSERT INTO claims SELECT $1, owner_topic, owner_partition, 1, fingerprint FROM claims", claimed
        )
        await connection.execute("UPDATE partitions SET attempted_offset = 2 WHERE partition = 0")


def ids(triggers: list[Json]) -> list[str]:
    return [trigger["requestId"] for trigger in triggers]


def once(*groups: list[Json]) -> dict[str, int]:
    return {id_: 1 for triggers in groups for id_ in ids(triggers)}


def requests(values: list[Json]) -> dict[str, int]:
    return dict(Counter(value["requestId"] for value in values))

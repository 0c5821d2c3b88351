"""Schedules: watched by several processes, each executed once, or missed."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from consumer.audiences import control, definitions, schedules
from consumer.audiences.calls import AudienceCalls
from consumer.audiences.schedules import ScheduleWatcher
from consumer.campaigns import lifecycle
from consumer.campaigns.registry import Registry
from consumer.store.audience_schedules import StoredSchedule
from tests.audiences import apply_audience, import_people, person
from tests.builders import campaign
from tests.installation import Installation, Json, eventually

COUNT = 50


async def schedule(
    installation: Installation, request_id: str, at: datetime, **changes: object
) -> StoredSchedule:
    call: Json = {
        "campaignId": "welcome",
        "requestId": request_id,
        "audience": {"id": "everybody"},
        "context": {"name": "you"},
        "schedule": {"executeAt": at.isoformat()},
        **changes,
    }
    calls = AudienceCalls(installation.database, Registry(installation.database))
    accepted = await calls.accept(orjson.dumps(call), "test")
    assert isinstance(accepted, StoredSchedule)
    return accepted


async def test_two_processes_that_watch_make_one_execution_of_each(installation: Installation) -> None:
    await installation.activate(campaign())
    await import_people(installation.database, [person("a")])
    await apply_audience(installation.database)
    async with installation.engine("audience"), installation.engine("audience"):
        at = datetime.now(UTC) + timedelta(seconds=4)
        for number in range(COUNT):
            await schedule(installation, f"r-{number}", at + timedelta(milliseconds=50 * number))

        async def all_done() -> bool:
            done = await control.list_all(installation.database, state="Succeeded", limit=100)
            return len(done) == COUNT

        await eventually(all_done)
    found = await schedules.list_all(installation.database, state="Triggered")
    assert len(found) == COUNT
    assert len(await control.list_all(installation.database, limit=1_000)) == COUNT
    delivered = [each["requestId"] for each in await installation.deliveries()]
    assert sorted(delivered) == sorted(f"r-{number}:0" for number in range(COUNT))
    late = [(each.settled_at - each.execute_at).total_seconds() for each in found if each.settled_at]
    print(f"started {min(late):.2f} to {max(late):.2f} s after their times")  # noqa: T201 - shown with -s


@pytest.mark.parametrize("why", ["late", "stopped", "deleted"])
async def test_what_cannot_start_says_why(installation: Installation, why: str) -> None:
    await installation.activate(campaign())
    await apply_audience(installation.database)
    at = datetime.now(UTC) + timedelta(hours=1)
    made = await schedule(installation, "r", at)
    if why == "stopped":
        await lifecycle.stop(installation.database, "welcome")
    elif why == "deleted":
        await definitions.delete(installation.database, "everybody")
    await move_back(installation, made, timedelta(hours=3 if why == "late" else 2))
    watcher = ScheduleWatcher(installation.database, Registry(installation.database), timedelta(hours=1.5))
    assert await watcher.settle_next()
    assert not await watcher.settle_next()
    found = await schedules.find(installation.database, str(made.id))
    state, words = {
        "late": ("Missed", "within 1h30m"),
        "stopped": ("Missed", "not live"),
        "deleted": ("Failed", "no audience"),
    }[why]
    assert found.state == state
    assert words in (found.reason or "")
    assert await control.list_all(installation.database) == []


async def move_back(installation: Installation, made: StoredSchedule, difference: timedelta) -> None:
    async with installation.database.connection() as connection:
        await connection.execute(
            "UPDATE audience_schedules SET execute_at = execute_at - $2::interval WHERE id = $1",
            made.id,
            difference,
        )

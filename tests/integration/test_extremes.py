"""Extreme times and numbers, through a real Kafka and PostgreSQL and back again."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it does not say that it exports these
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from consumer.dead_letters.choice import Choice
from consumer.store.claims import prune_claims
from schemas.duration import parse_duration
from tests.builders import campaign, trigger
from tests.commands import dead_letters, run
from tests.installation import Installation, eventually, headers
from tests.projecting import project
from tests.replays import put_letters, replay

NANOSECONDS = 1_764_000_000_000_000_000
LAST_MILLISECOND = 2**63 - 1


async def stamped_by_producers(installation: Installation) -> None:
    """Topics that other tools made are, unlike those of `clarion topics create`."""
    wanted = {
        "message.timestamp.type": "CreateTime",
        "message.timestamp.after.max.ms": str(LAST_MILLISECOND),
        "message.timestamp.before.max.ms": str(LAST_MILLISECOND),
    }
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in wanted.items()
    ]
    topic = installation.topics.triggers("unitary")
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    client = AdminClient({"bootstrap.servers": installation.settings.kafka_bootstrap_servers or ""})
    await asyncio.to_thread(client.incremental_alter_configs([resource])[resource].result, 30)

    # The broker follows a moment later; what is asked with is no trigger.
    async def is_in_force() -> bool:
        place = await installation.producer.send_and_wait(topic, b"x", partition=2, timestamp_ms=1)
        return bool(place.timestamp_type == 0)

    await eventually(is_in_force)


@pytest.mark.parametrize("stamp", [NANOSECONDS, LAST_MILLISECOND, 0])
async def test_a_trigger_with_an_extreme_timestamp_is_listed_projected_and_replayed(
    installation: Installation, stamp: int
) -> None:
    await stamped_by_producers(installation)
    await installation.send(trigger(requestId="r-1", campaignId="later"), timestamp_ms=stamp)
    async with installation.engine():
        await installation.executions(1)
    letters = await installation.dead_letters()
    assert str(stamp) in {headers(letter)["clarion.origin.timestamp"] for letter in letters}
    choice = ("list", "--request-id", "r-1")
    [listed] = await dead_letters(installation, *choice)
    await project(installation)
    assert [listed] == await dead_letters(installation, *choice)
    await installation.activate(campaign(id="later"))
    report = await replay(installation, Choice(request_ids=frozenset({"r-1"})))
    assert (report.replayed, report.refusals) == (1, {})
    async with installation.engine():
        assert [execution["attempt"] for execution in await installation.executions(2)] == [1, 2]
    [delivery] = await installation.deliveries()
    assert delivery["requestId"] == "r-1"
    await project(installation)
    shown = (await run(installation, "executions", "show", "r-1", "--json")).json
    assert [attempt["attempt"] for attempt in shown["attempts"]] == [1, 2]


FOREIGN: list[dict[str, Any]] = [
    {"failed_at": "9999-12-31T23:59:59-05:00"},
    {"failed_at": "0001-01-01T00:00:00+14:00"},
    {"origin_offset": str(2**63)},
    {"origin_timestamp": "1" * 5_000},
    {"attempt": str(2**31)},
    {"campaign-version": "9" * 5_000},
]


async def test_letters_that_no_clarion_wrote_neither_end_a_list_nor_stop_the_projector(
    installation: Installation,
) -> None:
    for changes in FOREIGN:
        await put_letters(installation, **changes)
    await put_letters(installation, request_id="ours")
    assert len(await dead_letters(installation, "list", "--all")) == len(FOREIGN) + 1
    await project(installation)
    listed = await dead_letters(installation, "list")
    assert [letter["requestId"] for letter in listed if letter["requestId"] == "ours"] == ["ours"]


async def test_the_whole_calendar_can_be_asked_for(installation: Installation) -> None:
    await put_letters(installation)
    await project(installation)
    since = ("--since", "0001-01-01T00:00:00Z", "--until", "9999-12-31T23:59:59.999999Z")
    assert len(await dead_letters(installation, "list", *since)) == 1
    for command in (("executions", "list", *since), ("executions", "counts", *since[:2])):
        done = await run(installation, *command, "--json")
        assert (done.code, done.json) == (0, [])


async def test_claims_can_be_kept_for_ever(installation: Installation) -> None:
    longest = parse_duration("999999d")
    assert await prune_claims(installation.database, longest) == 0
    assert await prune_claims(installation.database, timedelta(seconds=1)) == 0


async def test_a_campaign_of_all_times_is_executed(installation: Installation) -> None:
    bounds = {"start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}
    await installation.activate(campaign(**bounds, maxAge="999999d"))
    async with installation.engine():
        await installation.send(trigger())
        [execution] = await installation.executions(1)
        assert [outcome["outcome"] for outcome in execution["outcomes"]] == ["delivery"]
    listed = (await run(installation, "campaigns", "list", "--json")).json
    [shown] = [one for one in listed if one["id"] == "welcome"]
    assert datetime.fromisoformat(shown["end"]) == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

"""A campaign executed for an audience, on a real Kafka and PostgreSQL."""

from collections import Counter
from datetime import timedelta

from consumer.audiences import control, definitions
from consumer.campaigns import lifecycle
from consumer.store.audience_counts import prune_snapshot
from consumer.store.audience_pages import read_pages
from tests.audiences import (
    adds_up,
    apply_audience,
    ended,
    execute,
    import_people,
    person,
    status_of,
)
from tests.builders import campaign, recipient, trigger
from tests.commands import run
from tests.installation import Installation, eventually, metric

LANE = "audience"


async def test_each_member_gets_one_message_or_has_one_reason(installation: Installation) -> None:
    await installation.activate(campaign(type="marketing", createProfiles=False))
    await import_people(
        installation.database,
        [
            *(person(f"p{n}") for n in range(45)),
            *(person(f"silent{n}", consents={}) for n in range(3)),
            person("nameless", identities=[{"namespace": "phone", "id": "+46701234567"}]),
            person("wrong", identities=[{"namespace": "email", "id": "no address"}]),
            person("other", attributes={"group": "other"}),
        ],
    )
    await apply_audience(installation.database)
    async with installation.engine(LANE):
        execution = await execute(installation, requestId="r-1")
        again = await execute(installation, requestId="r-1")
        status = await ended(installation, execution)
    assert again.id == execution.id
    assert status["status"] == "Succeeded"
    assert status["counts"] == {
        "targeted": 50,
        "withoutIdentity": 1,
        "produced": 49,
        "delivered": 45,
        "excluded": 3,
        "rejected": 1,
        "notSent": 0,
    }
    assert status["byReason"] == {"invalid_address": 1, "no_consent": 3}
    delivered = Counter(each["recipient"]["userId"] for each in await installation.deliveries())
    assert delivered == Counter({f"p{n}@example.com": 1 for n in range(45)})
    records = await installation.values(installation.topics.triggers(LANE))
    assert sorted(each["requestId"] for each in records) == ["r-1:0", "r-1:1", "r-1:2"]


async def test_an_empty_audience_succeeds_with_zero(installation: Installation) -> None:
    await installation.activate(campaign())
    await apply_audience(installation.database)
    async with installation.engine(LANE):
        status = await ended(installation, await execute(installation))
    assert (status["status"], status["counts"]["targeted"]) == ("Succeeded", 0)
    assert adds_up(status)


async def test_a_pause_keeps_whom_it_found_and_resuming_sends_to_the_rest(installation: Installation) -> None:
    await installation.activate(campaign(throttle=40))
    await import_people(installation.database, [person(f"p{n}") for n in range(100)])
    await apply_audience(installation.database)
    async with installation.engine(LANE):
        execution = await execute(installation)
        await eventually(lambda: has_sent(installation, execution, 20))
        paused = await control.pause(installation.database, str(execution.id))
        assert paused.in_flight == 0
        sent = len(await installation.deliveries())
        assert (sent, sent + paused.not_sent) == (paused.delivered, 100)
        assert 0 < sent < 100
        await control.resume(installation.database, str(execution.id))
        status = await ended(installation, execution)
    assert (status["status"], status["counts"]["delivered"]) == ("Succeeded", 100)
    delivered = Counter(each["recipient"]["userId"] for each in await installation.deliveries())
    assert (len(delivered), set(delivered.values())) == (100, {1})


async def test_a_cancellation_is_exact_and_final(installation: Installation) -> None:
    await installation.activate(campaign(throttle=40))
    await import_people(installation.database, [person(f"p{n}") for n in range(100)])
    await apply_audience(installation.database)
    async with installation.engine(LANE):
        execution = await execute(installation)
        await eventually(lambda: has_sent(installation, execution, 20))
        cancelled = await control.cancel(installation.database, str(execution.id))
        status = await status_of(installation, execution)
        again = await control.cancel(installation.database, str(execution.id))
    assert (status["status"], status["reason"]) == ("Failed", "cancelled")
    assert adds_up(status)
    assert cancelled.delivered == again.delivered == len(await installation.deliveries()) < 100


async def test_a_campaign_that_is_stopped_ends_its_execution(installation: Installation) -> None:
    await installation.activate(campaign(throttle=40))
    await import_people(installation.database, [person(f"p{n}") for n in range(100)])
    await apply_audience(installation.database)
    async with installation.engine(LANE):
        execution = await execute(installation)
        await eventually(lambda: has_sent(installation, execution, 20))
        await lifecycle.stop(installation.database, "welcome")
        status = await ended(installation, execution)
    assert (status["status"], status["reason"]) == ("Failed", "campaign_not_live")
    assert adds_up(status)
    assert status["counts"]["delivered"] == len(await installation.deliveries()) < 100
    assert status["counts"]["rejected"] == 0
    assert await installation.dead_letters() == []


async def has_sent(installation: Installation, execution: object, count: int) -> bool:
    status = await status_of(installation, execution)  # type: ignore[arg-type]
    return bool(status["counts"]["delivered"] >= count)


async def test_metrics_show_who_waits_and_when_it_is_done(installation: Installation) -> None:
    await installation.activate(campaign(throttle=20))
    await import_people(installation.database, [person(f"p{n}") for n in range(400)])
    await apply_audience(installation.database)
    async with installation.engine(LANE) as engine:
        execution = await execute(installation)

        async def moves() -> bool:
            waiting = await metric(engine.port, "clarion_audience_members_waiting")
            rate = await metric(engine.port, "clarion_audience_members_per_second")
            end = await metric(engine.port, "clarion_audience_expected_end_timestamp_seconds")
            return 0 < waiting < 400 and rate > 0 and end > 1e9

        await eventually(moves)
        await control.cancel(installation.database, str(execution.id))


async def test_an_audience_that_is_deleted_or_missing(installation: Installation) -> None:
    await installation.activate(campaign(throttle=40))
    await import_people(installation.database, [person(f"p{n}") for n in range(60)])
    await apply_audience(installation.database)
    await apply_audience(installation.database, id_="gone")
    gone = await execute(installation, audience={"id": "gone"})
    await definitions.delete(installation.database, "gone")
    async with installation.engine(LANE):
        execution = await execute(installation)
        await eventually(lambda: has_sent(installation, execution, 1))
        # What is stored is what counts.
        await definitions.delete(installation.database, "everybody")
        status, missing = await ended(installation, execution), await ended(installation, gone)
    assert (status["status"], status["counts"]["delivered"]) == ("Succeeded", 60)
    assert (missing["status"], missing["reason"]) == ("Failed", "unknown_audience")


async def test_a_replayed_member_moves_from_rejected_to_delivered(installation: Installation) -> None:
    await installation.activate(campaign())
    await import_people(installation.database, [person(f"p{n}") for n in range(3)])
    await apply_audience(installation.database)
    async with installation.engine(LANE):
        execution = await execute(installation, context={})
        before = await ended(installation, execution)
        assert (before["counts"]["rejected"], before["byReason"]) == (3, {"missing_context": 3})
        done = await run(
            installation,
            "dead-letters",
            "replay",
            "--execute",
            "--campaign",
            "welcome",
            "--set",
            "context.name=you",
        )
        assert done.code == 0, done.err

        async def is_delivered() -> bool:
            return bool((await status_of(installation, execution))["counts"]["delivered"] == 3)

        await eventually(is_delivered)
    after = await status_of(installation, execution)
    assert (after["counts"]["rejected"], after["byReason"]) == (0, {})
    assert adds_up(after)


async def test_a_snapshot_is_pruned_and_its_counts_stay(installation: Installation) -> None:
    await installation.activate(campaign())
    await import_people(installation.database, [person(f"p{n}") for n in range(30)])
    await apply_audience(installation.database)
    async with installation.engine(LANE):
        execution = await execute(installation)
        before = await ended(installation, execution)
    assert await prune_snapshot(installation.database, timedelta(days=1)) == 0
    while await prune_snapshot(installation.database, timedelta(0)):
        pass
    after = await status_of(installation, execution)
    assert (after["counts"], after["status"]) == (before["counts"], "Succeeded")
    async with installation.database.connection() as connection:
        assert await read_pages(connection, execution.id, 0, 10) == []


async def test_a_page_that_is_produced_twice_is_executed_once(installation: Installation) -> None:
    await installation.activate(campaign())
    await import_people(installation.database, [person(f"p{n}") for n in range(30)])
    await apply_audience(installation.database)
    async with installation.engine(LANE):
        execution = await execute(installation)
        before = await ended(installation, execution)
        topic = installation.topics.triggers(LANE)
        for page in await installation.read(topic):
            await installation.producer.send_and_wait(
                topic, page.value, partition=page.partition, headers=list(page.headers)
            )
            # An ordinary trigger after it, whose execution shows that it was read.
            await installation.send(
                trigger(recipient("last@example.com")), lane=LANE, partition=page.partition
            )
        executions = await installation.executions(4)
    assert len(executions) == 4
    assert (await status_of(installation, execution))["counts"] == before["counts"]
    delivered = Counter(each["recipient"]["userId"] for each in await installation.deliveries())
    assert delivered == Counter({f"p{n}@example.com": 1 for n in range(30)} | {"last@example.com": 2})

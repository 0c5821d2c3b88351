"""A campaign executed for an audience, on a real Kafka and PostgreSQL."""

from collections import Counter

from consumer.audiences import control
from consumer.campaigns import lifecycle
from tests.audiences import (
    adds_up,
    apply_audience,
    ended,
    execute,
    import_people,
    person,
    status_of,
)
from tests.builders import campaign
from tests.installation import Installation, eventually

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

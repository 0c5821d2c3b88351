"""`clarion status` shows a whole installation."""

import orjson

from tests.builders import campaign, recipient, trigger
from tests.commands import ended, run, start
from tests.installation import Installation, eventually, metric
from tests.projecting import project
from tests.replays import put_letters, replay

OUT_OF_REACH = "localhost:1"


async def test_an_installation_at_work_is_ready_with_its_lag_and_its_open_and_held_letters(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    await installation.activate(campaign(id="later", start="2999-01-01T00:00:00Z"))
    async with installation.engine():
        await installation.send(trigger(recipient("nobody")))
        await installation.send({**trigger(), "campaignId": "later"})
        await installation.dead_letters(2)
        await project(installation)
        done = await run(installation, "status", "--json")
    assert (done.code, done.json["ready"], done.json["problems"]) == (0, True, [])
    unitary, high_throughput, audience = done.json["lanes"]
    assert (unitary["processes"], unitary["lag"]) == (1, 0)
    assert (high_throughput["processes"], audience["processes"]) == (0, 0)
    assert done.json["deadLetters"] == {"open": 1, "held": 1, "byReason": {"invalid_address": 1}}


async def test_triggers_that_nobody_executes_are_a_problem(installation: Installation) -> None:
    await installation.send(trigger())
    done = await run(installation, "status", "--json")
    assert done.code == 1
    assert done.json["lanes"][0]["lag"] == 1
    assert done.json["problems"] == [
        "No process of lane unitary is running: start `clarion run --lane unitary`."
    ]
    assert "Nothing is projected yet" in done.json["notices"][0]
    shown = await run(installation, "status")
    assert shown.out.startswith("Not ready.\n- No process of lane unitary")


async def test_a_server_that_is_away_is_named_and_the_rest_is_shown(installation: Installation) -> None:
    process = await start(installation, "status", "--json", kafka_bootstrap_servers=OUT_OF_REACH)
    done = await ended(process)
    assert (done.code, done.json["lanes"]) == (1, [])
    assert OUT_OF_REACH in done.json["problems"][0]
    assert done.json["deadLetters"]["open"] == 0
    assert done.json["problems"][0].startswith(
        f"Kafka does not answer at {OUT_OF_REACH} (connection refused)"
    )


async def test_the_end_of_a_replays_transaction_is_no_lag(installation: Installation) -> None:
    """It has an offset, which no record and so no commit passes."""
    await installation.activate(campaign())
    await put_letters(installation, value=orjson.dumps(trigger()))
    async with installation.engine() as engine:
        assert (await replay(installation)).replayed == 1
        await installation.executions(1)

        async def has_no_lag() -> bool:
            return await metric(engine.port, "clarion_consumer_lag") == 0

        await eventually(has_no_lag)
        done = await run(installation, "status", "--json")
        assert done.json["lanes"][0]["lag"] == 0
    await installation.send(trigger())
    done = await run(installation, "status", "--json")
    assert done.json["lanes"][0]["lag"] == 1

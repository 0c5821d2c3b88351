"""`clarion status` shows a whole installation."""

from tests.builders import campaign, recipient, trigger
from tests.commands import ended, run, start
from tests.installation import Installation
from tests.projecting import project

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
    unitary, high_throughput = done.json["lanes"]
    assert (unitary["processes"], unitary["lag"], high_throughput["processes"]) == (1, 0, 0)
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

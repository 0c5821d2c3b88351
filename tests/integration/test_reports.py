"""`clarion reports`: figures that add up, from triggers to clicks, by every door's one function."""

import csv
import io
from typing import Any

import orjson

from tests.builders import campaign, recipient, trigger
from tests.commands import run
from tests.feedback import at, deliver, delivery, event, report, take_in
from tests.installation import Installation
from tests.past import execution, producer
from tests.projecting import project


async def told(installation: Installation, *arguments: str) -> Any:
    done = await run(installation, "reports", *arguments, "--json")
    assert done.code == 0, done.err
    return done.json


async def test_a_report_has_what_became_of_everybody(installation: Installation) -> None:
    await installation.activate(campaign())
    people = [recipient(f"p{n}@example.com") for n in range(3)]
    async with installation.engine():
        await installation.send(trigger(*people), trigger(recipient("not an address")))
        await installation.executions(2)
        made = await installation.deliveries()
    await report(
        installation,
        *(event(each, "sent") for each in made),
        event(made[0], "delivered"),
        event(made[0], "opened"),
        event(made[0], "clicked", link="https://acme.example/offer?x=1"),
        event(made[1], "bounced", bounce="hard", category="no-such-user"),
    )
    await project(installation)
    await take_in(installation)
    found = await told(installation, "show", "welcome", "--by", "minute", "--since", "4d")
    assert (
        found["targeted"] == 4 == found["deliveries"] + found["excluded"] + found["rejected"] + found["held"]
    )
    assert (found["deliveries"], found["rejectedByReason"]) == (3, {"invalid_address": 1})
    assert (found["sent"], found["delivered"], found["bouncedHard"]) == (3, 1, 1)
    assert found["bouncedByCategory"] == {"no-such-user": 1}
    assert found["clickedByLink"] == {"https://acme.example/offer": 1}
    assert found["rates"]["bounceRate"] == 0.3333
    assert found["latency"]["triggerToDelivery"]["medianSeconds"] > 0
    assert [(row["version"], row["targeted"]) for row in found["versions"]] == [(1, 4)]
    assert [(row["locale"], row["deliveries"], row["sent"]) for row in found["locales"]] == [("en", 3, 3)]
    assert sum(period["sent"] for period in found["periods"]) == 3
    [row] = await told(installation, "overview")
    assert (row["campaignId"], row["targeted"], row["clickedUnique"]) == ("welcome", 4, 1)
    [bounced] = await told(installation, "deliveries", "welcome", "bouncedHard")
    shown = await run(installation, "executions", "show", bounced["executionId"], "--json")
    outcomes = shown.json["attempts"][0]["outcomes"]
    states = {outcome["deliveryId"]: outcome["state"] for outcome in outcomes}
    assert states == {
        each["deliveryId"]: state for each, state in zip(made, ("clicked", "bounced", "sent"), strict=True)
    }
    text = await run(installation, "reports", "show", "welcome", "--by", "hour")
    assert text.out.startswith("4 targeted = 3 deliveries + 0 excluded + 1 rejected + 0 held")


async def test_a_replay_takes_the_place_of_what_was_held(installation: Installation) -> None:
    held = {
        "recipient": "email:p1@example.com",
        "channel": "email",
        "outcome": "rejection",
        "reason": "before_start",
    }
    first = execution(1, outcomes=[held])
    again = execution(1, attempt=2, executedAt=at(0))
    async with producer(installation) as made:
        for each in (first, again):
            await made.begin_transaction()
            await _put(installation, made, each)
            await made.commit_transaction()
            await project(installation)
    found = await told(installation, "show", "c-1")
    assert (found["targeted"], found["deliveries"], found["held"]) == (1, 1, 0)
    await project(installation, rebuild=True)
    assert await told(installation, "show", "c-1") == found


async def _put(installation: Installation, made: Any, value: Any) -> None:
    await made.send_and_wait(installation.topics.executions, orjson.dumps(value), key=b"1")


async def test_the_export_is_a_table_that_a_spreadsheet_does_not_run(installation: Installation) -> None:
    made = delivery()
    await deliver(installation, made)
    await report(installation, event(made, "bounced", category="=1+1"))
    await take_in(installation)
    done = await run(installation, "reports", "export", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert {(row["metric"], row["detail"], row["count"]) for row in rows} == {
        ("deliveries", "", "1"),
        ("bounced", "", "1"),
        ("bouncedSoft", "", "1"),
        ("bouncedCategory", "'=1+1", "1"),
    }
    assert {(row["campaignId"], row["version"], row["channel"], row["locale"]) for row in rows} == {
        ("welcome", "1", "email", "en")
    }


async def test_what_cannot_be_reported_is_said_in_a_sentence(installation: Installation) -> None:
    unknown = await run(installation, "reports", "show", "nope")
    assert (unknown.code, unknown.err.count("\n")) == (1, 1)
    assert unknown.err.startswith("Nothing was counted of a campaign 'nope'.")
    assert (await run(installation, "reports", "deliveries", "welcome", "happy")).code == 2
    assert (await run(installation, "reports", "export", "--format", "parquet")).code == 2
    assert (await run(installation, "reports", "show", "welcome", "--by", "week")).code == 2
    assert await told(installation, "overview") == []

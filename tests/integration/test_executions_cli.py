"""`clarion executions` answers what became of a call."""

from typing import Any

import orjson

from schemas.ids import execution_id
from tests.builders import campaign, recipient, trigger
from tests.commands import Ended, run
from tests.installation import Installation
from tests.past import execution, resolution, write_past


async def executions(installation: Installation, *arguments: str) -> Any:
    """What the command prints as JSON; it must succeed."""
    done = await run(installation, "executions", *arguments, "--json")
    assert done.code == 0, done.err
    return done.json


async def project(installation: Installation) -> Ended:
    done = await run(installation, "project", "--once")
    assert done.code == 0, done.err
    return done


async def test_a_request_is_shown_with_its_outcomes_dead_letter_and_what_became_of_it(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    partly = trigger(recipient("alice@example.com"), recipient("nobody"))
    async with installation.engine():
        await installation.send(partly)
        await installation.executions(1)
        [letter] = await installation.dead_letters(1)
    await project(installation)
    shown = await executions(installation, "show", partly["requestId"])
    assert shown["executionId"] == execution_id("welcome", partly["requestId"])
    [attempt] = shown["attempts"]
    assert [(o["recipient"], o["outcome"]) for o in attempt["outcomes"]] == [
        ("email:alice@example.com", "delivery"),
        ("email:nobody", "rejection"),
    ]
    assert attempt["deadLetter"]["at"] == f"{letter.partition}:{letter.offset}"
    assert attempt["deadLetter"]["isOpen"]
    failed_at = dict(letter.headers)["clarion.failed-at"].decode()
    said = resolution(0, failedAt=failed_at, action="discard", note="asked to")
    await installation.producer.send_and_wait(
        installation.topics.resolutions,
        orjson.dumps(said),
        key=f"{letter.partition}:{letter.offset}".encode(),
    )
    behind = await run(installation, "executions", "show", shown["executionId"])
    assert "1 records behind" in behind.err
    await project(installation)
    told = await run(installation, "executions", "show", shown["executionId"])
    assert "discarded" in told.out
    assert "by olga, run run-1: asked to" in told.out
    assert told.err == ""


async def test_a_request_id_used_in_several_campaigns_asks_which(installation: Installation) -> None:
    for name in ("a", "b"):
        value = execution(1, campaignId=name, executionId=execution_id(name, "r-1"))
        await installation.producer.send_and_wait(installation.topics.executions, orjson.dumps(value))
    await project(installation)
    refused = await run(installation, "executions", "show", "r-1")
    assert (refused.code, "Choose one with --campaign" in refused.err) == (1, True)
    assert (await executions(installation, "show", "r-1", "--campaign", "b"))["campaignId"] == "b"


async def test_an_unknown_id_is_refused_with_a_hint_when_nothing_is_projected(
    installation: Installation,
) -> None:
    refused = await run(installation, "executions", "show", "nope")
    assert refused.code == 1
    assert "clarion project" in refused.err
    await project(installation)
    refused = await run(installation, "executions", "show", "nope")
    assert (refused.code, "clarion project" in refused.err) == (1, False)


async def test_a_list_is_filtered_paged_and_names_nobody(installation: Installation) -> None:
    await write_past(installation, range(300))
    await project(installation)
    excluded = await executions(installation, "list", "--reason", "no_consent", "--campaign", "c-0")
    assert {row["requestId"] for row in excluded} == {
        f"r-{n}" for n in range(300) if n % 7 == 0 and n % 10 and n % 3 == 0
    }
    first = await run(installation, "executions", "list", "--limit", "10")
    assert "@" not in first.out
    cursor = first.err.split("--after ")[1].strip()
    second = await executions(installation, "list", "--limit", "10", "--after", cursor)
    assert [row["requestId"] for row in second] == [f"r-{n}" for n in range(289, 279, -1)]
    assert await executions(installation, "list", "--since", "1h") == []
    assert (await run(installation, "executions", "list", "--since", "yesterday")).code == 2
    assert (await run(installation, "executions", "list", "--after", "7")).code == 2


async def test_outcomes_are_counted(installation: Installation) -> None:
    await write_past(installation, range(300))
    await project(installation)
    counts = await executions(installation, "counts")
    assert sum(row["count"] for row in counts) == 300
    assert sum(row["count"] for row in counts if row["outcome"] == "rejection") == 30

"""A backtest tells what another version would have made of past triggers, and leaves no trace."""

import copy
from typing import Any

from consumer.campaigns import lifecycle
from schemas.campaign import CampaignFile
from tests.builders import EMAIL, SMS, campaign, recipient, trigger
from tests.commands import run
from tests.installation import Installation


def changed(subject: str, **changes: Any) -> dict[str, Any]:
    email = copy.deepcopy(EMAIL)
    email["content"]["en"]["subject"] = subject
    return campaign(**{"channels": {"email": email}, **changes})


async def draft(installation: Installation, file: dict[str, Any]) -> None:
    await lifecycle.apply(installation.database, CampaignFile.model_validate(file))


async def backtest(installation: Installation, *arguments: str) -> Any:
    done = await run(installation, "campaigns", "backtest", "welcome", *arguments, "--json")
    assert done.code == 0, done.err
    return done.json


def changes(found: Any) -> dict[tuple[str, str], int]:
    return {(row["before"], row["after"]): row["count"] for row in found["changes"]}


async def test_a_changed_subject_is_told_and_shown_only_when_asked(installation: Installation) -> None:
    await installation.activate(campaign())
    await installation.send(trigger(context={"name": "Zenobia"}), trigger(campaignId="another"), b"garbage")
    await draft(installation, changed("Dear {{ context.name }}"))
    found = await backtest(installation)
    assert (found["before"], found["after"], found["triggers"]) == (1, 2, 1)
    assert changes(found) == {("delivery", "delivery"): 1}
    assert found["contentChanged"] == 1
    [example] = found["examples"]
    assert example["parts"] == {"subject": {"before": 13, "after": 12}}
    assert "Zenobia" not in str(found)
    [example] = (await backtest(installation, "--reveal"))["examples"]
    assert example["recipient"] == "email:alice@example.com"
    assert example["diff"][-2:] == ["-Hello Zenobia", "+Dear Zenobia"]


async def test_a_variable_that_producers_do_not_send_is_found(installation: Installation) -> None:
    await installation.activate(campaign())
    await installation.send(trigger(), trigger(context={"name": "Bo", "code": "1"}))
    await draft(installation, changed("Hello {{ context.name }}{{ context.code }}"))
    found = await backtest(installation)
    assert changes(found) == {("delivery", "rejection missing_context"): 1, ("delivery", "delivery"): 1}
    assert any("context.code" in (example["detail"] or "") for example in found["examples"])
    told = await run(installation, "campaigns", "backtest", "welcome")
    assert "rejection missing_context (The template needs context.code.)" in told.out


async def test_channels_that_come_and_windows_that_close_are_told(installation: Installation) -> None:
    await installation.activate(campaign(end="2020-01-01T00:00:00Z"))
    await installation.send(trigger(recipient(channelData={"mobilePhoneNumber": "+46701234567"})))
    await draft(installation, campaign(channels={"email": EMAIL, "sms": SMS}))
    found = await backtest(installation, "--version", "2", "--since", "1h")
    assert changes(found) == {("rejection after_end", "delivery"): 2}


async def test_repeats_are_duplicates_and_replays_are_left_out(installation: Installation) -> None:
    await installation.activate(campaign())
    replay = [
        ("clarion.origin.topic", installation.topics.triggers("unitary").encode()),
        ("clarion.origin.partition", b"0"),
        ("clarion.origin.offset", b"0"),
        ("clarion.origin.timestamp", b"0"),
        ("clarion.attempt", b"1"),
    ]
    again = trigger()
    await installation.send(again, again)
    await installation.send(trigger(), headers=replay)
    await draft(installation, changed("Dear {{ context.name }}"))
    found = await backtest(installation)
    assert (found["triggers"], found["replaysLeftOut"]) == (2, 1)
    assert changes(found) == {
        ("delivery", "delivery"): 1,
        ("exclusion duplicate", "exclusion duplicate"): 1,
    }


async def test_it_writes_nothing_and_keeps_to_its_limit(installation: Installation) -> None:
    await installation.activate(campaign())
    await installation.send_all([trigger(recipient(f"p{n}@example.com")) for n in range(120)])
    await draft(installation, changed("Dear {{ context.name }}"))
    assert (await backtest(installation))["contentChanged"] == 120
    limited = await backtest(installation, "--limit", "100")
    assert (limited["triggers"], limited["isComplete"]) == (100, False)
    async with installation.database.connection() as connection:
        for table in ("claims", "profiles"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608
    assert await installation.executions() == []


async def test_a_version_that_is_not_there_is_refused(installation: Installation) -> None:
    await installation.activate(campaign())
    for version in ("draft", "7", "next"):
        refused = await run(installation, "campaigns", "backtest", "welcome", "--version", version)
        assert (refused.code, "Campaign 'welcome' has no" in refused.err) == (1, True)

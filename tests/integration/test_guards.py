"""A campaign whose messages bounce is paused by its guard, and executed again when somebody resumes it."""

from tests.builders import campaign, recipient, trigger
from tests.commands import run
from tests.feedback import deliver, delivery, event, report, rows, take_in
from tests.installation import Installation, headers


async def test_a_guard_pauses_on_the_bounce_rate_and_says_why(installation: Installation) -> None:
    await installation.activate(campaign(guard={"bounceRate": "5%", "over": 20}))
    made = [delivery(number) for number in range(20)]
    await deliver(installation, *made)
    now = {"at": "2999-01-01T00:00:00Z"}  # counts as the record's own time
    await report(installation, *(event(each, "sent") | now for each in made[:19]))
    await report(installation, event(made[0], "bounced", bounce="hard") | now)
    await take_in(installation)
    assert await status(installation) == "live"
    await report(installation, event(made[19], "sent") | now)
    await take_in(installation)
    assert await status(installation) == "paused"
    [[after]] = await rows(installation, "SELECT after FROM audit WHERE what = 'campaign.pause'")
    assert after["reason"] == "The bounce rate is 5.00% of 20 sent; the guard allows less than 5%."
    async with installation.engine():
        await installation.send(trigger(recipient("new@example.com")))
        [letter] = await installation.dead_letters(1)
        assert headers(letter)["clarion.reason"] == "campaign_not_live"
        assert "paused" in headers(letter)["clarion.detail"]
        resumed = await run(installation, "campaigns", "resume", "welcome")
        assert (resumed.code, resumed.out) == (0, "Campaign 'welcome': version 1 is live again.\n")
        await installation.send(trigger(recipient("new@example.com")))
        await installation.executions(2)
    assert len(await installation.deliveries()) == 21
    again = await run(installation, "campaigns", "resume", "welcome")
    assert (again.code, again.out) == (0, "Campaign 'welcome' is live already, as version 1.\n")


async def status(installation: Installation) -> str:
    [row] = (await run(installation, "campaigns", "list", "--json")).json
    return str(row["status"])


async def test_only_what_is_paused_is_resumed_and_a_paused_one_can_be_stopped(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    async with installation.database.connection() as connection:
        await connection.execute("UPDATE campaign_versions SET status = 'paused'")
    assert (await run(installation, "campaigns", "archive", "welcome")).code == 1
    assert (await run(installation, "campaigns", "stop", "welcome")).code == 0
    refused = await run(installation, "campaigns", "resume", "welcome")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "is not paused: it is stopped" in refused.err

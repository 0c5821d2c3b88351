"""`clarion feedback`: what services report becomes states, figures, suppressions and consents, once."""

from io import BytesIO

import orjson

from consumer.profiles.importing import import_lines
from consumer.profiles.lines import Line, read_lines
from consumer.profiles.suppressing import named, unsuppress
from schemas.channel import Channel
from tests.builders import campaign, trigger
from tests.commands import run
from tests.feedback import (
    deliver,
    delivery,
    event,
    figures,
    report,
    rows,
    suppressed,
    take_in,
    taking_in,
)
from tests.installation import Installation, eventually, headers


async def test_a_hard_bounce_suppresses_the_address_of_a_delivery_that_was_really_made(
    installation: Installation,
) -> None:
    await installation.activate(campaign())
    async with installation.engine(), taking_in(installation):
        await installation.send(trigger())
        await installation.executions(1)
        [made] = await installation.deliveries()
        await report(installation, event(made, "sent"), event(made, "bounced", bounce="hard"))
        await eventually(lambda: suppressed(installation))
        assert await suppressed(installation) == {("alice@example.com", "bounce")}
        await installation.send(trigger())
        reasons = {made["outcomes"][0].get("reason") for made in await installation.executions(2)}
        assert reasons == {None, "suppressed"}


async def test_an_event_counts_once_however_often_it_is_sent(installation: Installation) -> None:
    made = delivery()
    await deliver(installation, made, made)
    opened = event(made, "opened", 90)
    clicks = [event(made, "clicked", 91, link=link) for link in ("https://a/?who=p1", "https://b")]
    await report(installation, event(made, "sent"), opened, opened, *clicks, *clicks)
    await take_in(installation)
    await report(installation, opened, *clicks)
    await take_in(installation)
    assert await figures(installation) == {
        "deliveries": 1,
        "sent": 1,
        "opened": 1,
        "openedUnique": 1,
        "clicked": 2,
        "clickedUnique": 1,
        "clickedLink": 2,
    }
    links = await rows(installation, "SELECT detail FROM report_feedback WHERE metric = 'clickedLink'")
    assert {link for [link] in links} == {"https://a/", "https://b"}


async def test_what_is_no_feedback_is_set_aside_with_its_reason(installation: Installation) -> None:
    made = delivery()
    bad = [
        b"not JSON",
        orjson.dumps(event(made, "teleported")),
        orjson.dumps(event(made, "sent", detail="x" * 1_000_000)),
    ]
    await report(installation, *bad, event(made, "sent"))
    await deliver(installation, made)
    await take_in(installation)
    aside = await installation.read(installation.topics.feedback_invalid)
    assert sorted(headers(record)["clarion.reason"] for record in aside) == [
        "invalid",
        "invalid",
        "malformed",
    ]
    assert {record.value for record in aside} == set(bad)
    for record in aside:
        told = headers(record)
        assert told["clarion.origin.topic"] == installation.topics.feedback
        assert told["clarion.detail"].endswith(".")
    assert (await figures(installation))["sent"] == 1


async def test_an_event_of_an_unknown_delivery_is_kept_until_it_is_known(installation: Installation) -> None:
    made = delivery()
    await report(installation, event(made, "bounced", bounce="hard"))
    await take_in(installation)
    assert await figures(installation) == {}
    assert await suppressed(installation) == set()
    assert await rows(installation, "SELECT is_known FROM feedback_events") == [(False,)]
    await deliver(installation, made)
    await take_in(installation)
    assert await suppressed(installation) == {("p1@example.com", "bounce")}
    assert await rows(installation, "SELECT is_known FROM feedback_events") == [(True,)]


async def test_the_fifth_soft_bounce_in_a_row_suppresses(installation: Installation) -> None:
    made = [delivery(number, address="full@example.com") for number in range(6)]
    await deliver(installation, *made)
    await report(installation, *(event(each, "bounced", 60 + n) for n, each in enumerate(made[:4])))
    await take_in(installation)
    assert await suppressed(installation) == set()
    await report(installation, event(made[4], "bounced", 65, bounce="soft"))
    await take_in(installation)
    assert await suppressed(installation) == {("full@example.com", "bounce")}
    # A success that was reported late, of between: it was no row.
    await report(installation, event(made[5], "delivered", 62.5))
    await take_in(installation)
    assert await suppressed(installation) == set()


async def test_bounces_before_an_operator_lets_the_address_be_messaged_again_do_not_count(
    installation: Installation,
) -> None:
    installation.settings = installation.settings.model_copy(update={"soft_bounce_limit": 2})
    made = [delivery(number, address="full@example.com") for number in range(4)]
    await deliver(installation, *made)
    await report(installation, *(event(each, "bounced", 60 + n) for n, each in enumerate(made[:2])))
    await take_in(installation)
    assert await suppressed(installation) == {("full@example.com", "bounce")}
    await unsuppress(installation.database, named(Channel.EMAIL, "full@example.com", None), None)
    await report(installation, event(made[2], "bounced", 70))
    await take_in(installation)
    assert await suppressed(installation) == set()
    await report(installation, event(made[3], "bounced", 71))
    await take_in(installation)
    assert await suppressed(installation) == {("full@example.com", "bounce")}


async def test_a_complaint_blocks_marketing_and_an_unsubscribe_without_profile_too(
    installation: Installation,
) -> None:
    one, two = delivery(1), delivery(2)
    await deliver(installation, one, two)
    await report(installation, event(one, "complained"), event(two, "unsubscribed"))
    await take_in(installation)
    assert await suppressed(installation) == {
        ("p1@example.com", "complaint"),
        ("p2@example.com", "unsubscribe"),
    }
    await report(installation, event(two, "resubscribed", 61), event(two, "unsubscribed", 59))
    await take_in(installation)
    assert await suppressed(installation) == {("p1@example.com", "complaint")}


async def test_an_unsubscribe_is_a_no_in_the_profile_and_is_taken_back(installation: Installation) -> None:
    file = orjson.dumps(
        {
            "identities": [{"namespace": "email", "id": "p1@example.com"}],
            "consents": {"marketing": {"email": {"val": "y"}, "sms": {"val": "y"}}},
        }
    )
    await import_lines(
        installation.database, [line for line in read_lines(BytesIO(file)) if isinstance(line, Line)]
    )
    made = delivery()
    await deliver(installation, made)
    await report(installation, event(made, "unsubscribed"))
    await take_in(installation)
    assert await consents(installation) == {"email": "n", "sms": "y"}
    assert await suppressed(installation) == set()
    await report(installation, event(made, "unsubscribed", 61, scope="all"))
    await take_in(installation)
    assert await consents(installation) == {"email": "n", "sms": "n", "push": "n"}
    await report(installation, event(made, "resubscribed", 62, scope="all"))
    await take_in(installation)
    assert await consents(installation) == {"email": "y", "sms": "y", "push": "n"}


async def consents(installation: Installation) -> dict[str, str]:
    [[found]] = await rows(installation, "SELECT consents -> 'marketing' FROM profiles")
    return {channel: entry["val"] for channel, entry in found.items()}


async def test_a_rebuild_gives_the_same_figures_and_changes_no_suppression(
    installation: Installation,
) -> None:
    made = [delivery(number, locale="sv" if number % 2 else "en") for number in range(20)]
    await deliver(installation, *made)
    await report(
        installation,
        *(event(each, "sent", 30) for each in made),
        *(event(each, "delivered", 60 + n) for n, each in enumerate(made)),
        *(event(each, "bounced", 90, bounce="hard", category="gone") for each in made[:3]),
    )
    await take_in(installation)
    before = await rows(installation, "SELECT * FROM report_feedback ORDER BY 1, 2, 3, 4, 5, 6, 7, 8")
    await run(installation, "suppressions", "remove", "email", "p0@example.com")
    kept = await suppressed(installation)
    assert len(kept) == 2
    await take_in(installation, rebuild=True)
    after = await rows(installation, "SELECT * FROM report_feedback ORDER BY 1, 2, 3, 4, 5, 6, 7, 8")
    assert after == before
    assert await suppressed(installation) == kept


async def test_a_clock_in_the_future_does_not_outdo_what_comes_later(installation: Installation) -> None:
    made = delivery()
    await deliver(installation, made)
    await report(installation, event(made, "unsubscribed") | {"at": "2099-01-01T00:00:00Z"})
    await take_in(installation)
    assert await suppressed(installation) == {("p1@example.com", "unsubscribe")}
    await report(installation, event(made, "resubscribed") | {"at": "2099-01-01T00:00:00Z"})
    await take_in(installation)
    assert await suppressed(installation) == set()


async def test_a_test_delivery_is_in_no_figure(installation: Installation) -> None:
    made = delivery(1, test=True)
    await deliver(installation, made)
    await report(installation, event(made, "sent"), event(made, "opened"))
    await take_in(installation)
    assert await figures(installation) == {}


async def test_a_second_process_stands_by_and_takes_over(installation: Installation) -> None:
    made = delivery()
    async with taking_in(installation):
        async with taking_in(installation):
            await deliver(installation, made)
        await report(installation, event(made, "sent", 1), event(made, "opened", 2))
        await eventually(lambda: _has_opened(installation))


async def _has_opened(installation: Installation) -> bool:
    return (await figures(installation)).get("opened") == 1

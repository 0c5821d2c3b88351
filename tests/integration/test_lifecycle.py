import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from consumer.campaigns import lifecycle
from consumer.campaigns.errors import LifecycleError
from consumer.campaigns.status import status
from consumer.store.campaigns import StoredCampaign, find_version, list_campaigns
from consumer.store.database import Database
from consumer.store.registry import read_revision
from tests.integration.registry_files import campaign, go_live


async def stored(database: Database, campaign_id: str = "hello") -> StoredCampaign:
    async with database.connection() as connection:
        return await lifecycle.find(connection, campaign_id)


async def revision(database: Database) -> int:
    async with database.connection() as connection:
        return await read_revision(connection)


def versions(campaign: StoredCampaign) -> list[tuple[int, str]]:
    return [(version.number, version.status) for version in campaign.versions]


async def test_a_file_becomes_a_draft(database: Database) -> None:
    done = await lifecycle.apply(database, campaign())
    assert done.version == 1
    assert [finding.path for finding in done.findings] == ["channels.email.configuration"]
    assert versions(await stored(database)) == [(1, "draft")]


async def test_a_changed_file_replaces_the_draft(database: Database) -> None:
    await lifecycle.apply(database, campaign())
    await lifecycle.apply(database, campaign(title="New"))
    draft = (await stored(database)).draft
    assert draft is not None
    assert (draft.number, draft.definition["title"]) == (1, "New")


async def test_an_equal_file_changes_nothing(database: Database) -> None:
    await lifecycle.apply(database, campaign(context={"price": 1.0, "nested": {"a": [1, None]}}))
    before = await revision(database)
    done = await lifecycle.apply(database, campaign(context={"nested": {"a": [1, None]}, "price": 1}))
    assert "unchanged" in done.sentence
    assert await revision(database) == before


async def test_dates_that_mean_the_same_are_equal(database: Database) -> None:
    await lifecycle.apply(database, campaign(start="2026-06-01T00:00:00+02:00"))
    assert "unchanged" in (await lifecycle.apply(database, campaign(start="2026-05-31T22:00:00Z"))).sentence


async def test_a_changed_file_makes_a_draft_beside_the_live_version(database: Database) -> None:
    await go_live(database)
    assert (await lifecycle.apply(database, campaign(title="New"))).version == 2
    assert versions(await stored(database)) == [(1, "live"), (2, "draft")]


async def test_a_file_equal_to_the_live_version_changes_nothing_and_activates_no_other(
    database: Database,
) -> None:
    await go_live(database)
    await lifecycle.apply(database, campaign(title="New"))
    done = await lifecycle.apply(database, campaign(), activate=True)
    assert "draft 2 differs and stays" in done.sentence
    assert versions(await stored(database)) == [(1, "live"), (2, "draft")]


async def test_activating_the_draft_replaces_the_version_before(database: Database) -> None:
    await go_live(database)
    await lifecycle.apply(database, campaign(title="New"))
    done = await lifecycle.activate(database, "hello")
    assert "version 2 is live; it replaces version 1" in done.sentence
    async with database.connection() as connection:
        before = await find_version(connection, "hello", 1)
    live = (await stored(database)).live
    assert before is not None
    assert live is not None
    assert before.status == "replaced"
    assert before.stopped_at == live.activated_at


async def test_activating_what_is_live_already_says_so(database: Database) -> None:
    await go_live(database)
    before = await revision(database)
    assert "live already" in (await lifecycle.activate(database, "hello")).sentence
    assert await revision(database) == before


async def test_activation_is_refused_while_the_review_has_errors(database: Database) -> None:
    await lifecycle.apply(database, campaign())
    with pytest.raises(LifecycleError, match="review has errors") as raised:
        await lifecycle.activate(database, "hello")
    assert [finding.path for finding in raised.value.findings] == ["channels.email.configuration"]
    assert versions(await stored(database)) == [(1, "draft")]


async def test_applying_with_activation_writes_nothing_when_refused(database: Database) -> None:
    with pytest.raises(LifecycleError):
        await lifecycle.apply(database, campaign(), activate=True)
    with pytest.raises(LifecycleError, match="There is no campaign 'hello'"):
        await stored(database)


async def test_stopping_is_final_for_the_version(database: Database) -> None:
    await go_live(database)
    await lifecycle.stop(database, "hello")
    with pytest.raises(LifecycleError, match="apply its file again"):
        await lifecycle.activate(database, "hello")
    done = await lifecycle.apply(database, campaign(), activate=True)
    assert done.version == 2


async def test_stopping_leaves_the_draft(database: Database) -> None:
    await go_live(database)
    await lifecycle.apply(database, campaign(title="New"))
    await lifecycle.stop(database, "hello")
    assert (await stored(database)).status == "draft"


async def test_stopping_again_is_no_error_but_stopping_a_draft_is(database: Database) -> None:
    await go_live(database)
    await lifecycle.stop(database, "hello")
    assert "not live: it is stopped" in (await lifecycle.stop(database, "hello")).sentence
    await lifecycle.apply(database, campaign("other"))
    with pytest.raises(LifecycleError, match="never live"):
        await lifecycle.stop(database, "other")


async def test_a_live_campaign_cannot_be_archived(database: Database) -> None:
    await go_live(database)
    with pytest.raises(LifecycleError, match="stop it before"):
        await lifecycle.archive(database, "hello")


async def test_an_archived_campaign_takes_no_file_and_no_activation(database: Database) -> None:
    await lifecycle.apply(database, campaign())
    await lifecycle.archive(database, "hello")
    assert "archived already" in (await lifecycle.archive(database, "hello")).sentence
    with pytest.raises(LifecycleError, match="archived; apply the file under another id"):
        await lifecycle.apply(database, campaign())
    with pytest.raises(LifecycleError, match="archived; duplicate it"):
        await lifecycle.activate(database, "hello")


async def test_a_duplicate_is_a_draft_of_the_live_version(database: Database) -> None:
    await go_live(database)
    await lifecycle.apply(database, campaign(title="New"))
    await lifecycle.duplicate(database, "hello", "hello-copy")
    copy = await stored(database, "hello-copy")
    assert copy.draft is not None
    assert copy.draft.definition == campaign("hello-copy").definition()


async def test_a_duplicate_needs_a_free_and_possible_id(database: Database) -> None:
    await lifecycle.apply(database, campaign())
    for taken_or_wrong in ("hello", "a:b", "x" * 65):
        with pytest.raises(LifecycleError, match="--as"):
            await lifecycle.duplicate(database, "hello", taken_or_wrong)


async def test_what_does_not_exist_is_told(database: Database) -> None:
    for operation in (lifecycle.activate, lifecycle.stop, lifecycle.archive):
        with pytest.raises(LifecycleError, match="There is no campaign 'nope'"):
            await operation(database, "nope")


async def test_many_who_apply_and_activate_at_once_leave_one_live_version(database: Database) -> None:
    await go_live(database)
    files = [campaign(title=f"Title {number}") for number in range(10)]
    await asyncio.gather(*(lifecycle.apply(database, file, activate=True) for file in files))
    assert versions(await stored(database)) == [(11, "live")]


async def test_scheduled_and_completed_follow_from_the_dates(database: Database) -> None:
    start, end = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    await go_live(database, campaign(start=start, end=end))
    async with database.connection() as connection:
        [listed] = await list_campaigns(connection)
    second = timedelta(seconds=1)
    assert status(listed, start - second) == "scheduled"
    assert status(listed, start) == "live"
    assert status(listed, end - second) == "live"
    assert status(listed, end) == "completed"

from collections.abc import Collection

from consumer.campaigns import lifecycle
from consumer.campaigns.configurations import apply_configurations
from consumer.campaigns.registry import Registry
from consumer.campaigns.state import Unexecutable
from consumer.rules.campaign import Campaign, NotLive
from consumer.store.campaigns import list_campaigns
from consumer.store.database import Database
from tests.integration.registry_files import campaign, configurations, go_live


def live_version(registry: Registry, campaign_id: str = "hello") -> int | None:
    found = registry.campaign(campaign_id)
    return found.version if found else None


async def loaded(database: Database) -> Registry:
    registry = Registry(database)
    await registry.load()
    return registry


async def test_loading_finds_the_live_versions_only(database: Database) -> None:
    await go_live(database, campaign("live"), campaign("stopped"))
    await lifecycle.stop(database, "stopped")
    await lifecycle.apply(database, campaign("draft"))
    registry = Registry(database)
    assert registry.age_seconds == float("inf")
    await registry.load()
    assert registry.age_seconds < 5
    assert [live_version(registry, id_) for id_ in ("live", "stopped", "draft", "nope")] == [
        1,
        None,
        None,
        None,
    ]


async def test_reading_afresh_tells_what_is_true_now(database: Database) -> None:
    registry = await loaded(database)
    await go_live(database, campaign("live"), campaign("stopped"))
    await lifecycle.stop(database, "stopped")
    await lifecycle.apply(database, campaign("draft"))
    await lifecycle.apply(database, campaign("archived"))
    await lifecycle.archive(database, "archived")
    found = await registry.read_afresh(["live", "stopped", "draft", "archived", "nope"])
    assert isinstance(found.pop("live"), Campaign)
    assert found == {
        "stopped": NotLive("stopped", 1),
        "draft": NotLive("draft", 1),
        "archived": NotLive("archived", 1),
        "nope": None,
    }
    assert live_version(registry, "live") == 1


async def test_reading_afresh_sees_a_later_end_and_updates_memory(database: Database) -> None:
    await go_live(database, campaign(end="2020-01-01T00:00:00Z"))
    registry = await loaded(database)
    await lifecycle.apply(database, campaign(end="2040-01-01T00:00:00Z"), activate=True)
    found = (await registry.read_afresh(["hello"]))["hello"]
    assert isinstance(found, Campaign)
    assert found.version == 2
    assert registry.campaign("hello") is found


async def test_a_version_that_is_still_live_keeps_its_compiled_templates(database: Database) -> None:
    await go_live(database)
    registry = await loaded(database)
    before = registry.campaign("hello")
    await lifecycle.apply(database, campaign(title="New"))
    assert (await registry.read_afresh(["hello"]))["hello"] is before
    await registry.load()
    assert registry.campaign("hello") is before


async def test_a_campaign_that_cannot_be_built_is_broken_and_breaks_no_other(database: Database) -> None:
    await go_live(database, campaign("sound"), campaign("broken"), campaign("newer"))
    async with database.transaction() as connection:
        await connection.execute(
            """
            UPDATE campaign_versions
            SET definition = jsonb_set(definition, '{channels,email,configuration}', '"nope"')
            WHERE campaign_id = 'broken'
            """
        )
        await connection.execute(
            "UPDATE campaign_versions SET definition = definition || '{\"fromTheFuture\": 1}'"
            " WHERE campaign_id = 'newer'"
        )
    registry = await loaded(database)
    assert [live_version(registry, id_) for id_ in ("sound", "broken", "newer")] == [1, None, None]
    found = await registry.read_afresh(["sound", "broken", "newer"])
    assert isinstance(found["sound"], Campaign)
    assert isinstance(found["broken"], Unexecutable)
    assert isinstance(found["newer"], Unexecutable)
    assert "nope" in found["broken"].problem


async def test_a_broken_campaign_works_as_soon_as_it_can_be_built(database: Database) -> None:
    await go_live(database)
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM channel_configurations")
    registry = await loaded(database)
    assert isinstance((await registry.read_afresh(["hello"]))["hello"], Unexecutable)
    await apply_configurations(database, configurations())
    assert isinstance((await registry.read_afresh(["hello"]))["hello"], Campaign)
    assert live_version(registry) == 1


async def test_following_ten_thousand_campaigns_costs_little(database: Database) -> None:
    await go_live(database)
    async with database.transaction() as connection:
        await connection.execute("UPDATE registry_revision SET revision = 1000000")
        await connection.execute(
            "INSERT INTO campaigns SELECT 'c' || n, 1000 + n FROM generate_series(1, 10000) n"
        )
        await connection.execute(
            "INSERT INTO campaign_versions SELECT 'c' || n, 1, 'live',"
            " (SELECT definition || jsonb_build_object('id', 'c' || n) FROM campaign_versions"
            "  WHERE campaign_id = 'hello') FROM generate_series(1, 10000) n"
        )
    registry = await loaded(database)
    assert live_version(registry, "c10000") == 1
    before = {f"c{n}": registry.campaign(f"c{n}") for n in range(1, 10_001)}
    await lifecycle.stop(database, "c5000")
    await registry.load()
    assert live_version(registry, "c5000") is None
    changed = [name for name, campaign in before.items() if registry.campaign(name) is not campaign]
    assert changed == ["c5000"]


async def test_campaigns_of_every_status_are_visible_by_their_labels(database: Database) -> None:
    await go_live(database, campaign("live", labels=["emea"]), campaign("stopped", labels=["hr"]))
    await lifecycle.stop(database, "stopped")
    await lifecycle.apply(database, campaign("draft", labels=["emea", "hr"]))
    registry = await loaded(database)

    def may_see(campaign_id: str, labels: Collection[str]) -> bool:
        return campaign_id != "draft" and "emea" not in labels

    assert registry.visible(lambda _id, labels: "hr" in labels) == {"stopped", "draft"}
    assert registry.visible(may_see) == {"stopped"}
    async with database.connection() as connection:
        stored = {found.id: found.labels for found in await list_campaigns(connection)}
    assert stored == {"live": ["emea"], "stopped": ["hr"], "draft": ["emea", "hr"]}

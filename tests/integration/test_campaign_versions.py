"""`clarion campaigns` on versions: sets of files, diff, history, review, and who is faster."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from consumer.campaigns import lifecycle
from consumer.campaigns.choosing import expecting
from consumer.campaigns.diff import find_difference
from consumer.campaigns.errors import LifecycleError, OvertakenError
from consumer.campaigns.history import find_history
from consumer.store.campaigns import find_version
from consumer.store.database import Database
from consumer.store.migrate import migrate
from tests.builders import campaign as sample_campaign
from tests.commands import run
from tests.installation import Installation
from tests.integration.registry_files import campaign, go_live


def written(folder: Path, **fields: Any) -> str:
    file = sample_campaign(**fields)
    path = folder / f"{file['id']}.yaml"
    path.write_text(yaml.safe_dump(file), encoding="utf-8")
    return str(path)


async def history(database: Database, campaign_id: str = "hello") -> list[tuple[str, int | None]]:
    async with database.connection() as connection:
        return [(event.what, event.version) for event in await find_history(connection, campaign_id)]


async def test_history_tells_a_life_in_its_order(database: Database) -> None:
    await go_live(database)
    await lifecycle.apply(database, campaign(title="New"), activate=True)
    await lifecycle.stop(database, "hello")
    await lifecycle.archive(database, "hello")
    assert await history(database) == [
        ("drafted", 1),
        ("activated", 1),
        ("drafted", 2),
        ("replaced", 1),
        ("activated", 2),
        ("stopped", 2),
        ("archived", None),
    ]


async def test_history_from_before_the_audit_comes_from_the_versions(database: Database) -> None:
    await go_live(database)
    await lifecycle.apply(database, campaign(title="New"), activate=True)
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM audit")
    await lifecycle.stop(database, "hello")
    assert await history(database) == [
        ("drafted", 1),
        ("activated", 1),
        ("drafted", 2),
        ("replaced", 1),
        ("activated", 2),
        ("stopped", 2),
    ]


async def test_a_version_that_was_replaced_is_told_from_one_that_was_stopped(empty_database_url: str) -> None:
    """By the migration, of what older releases have stored."""
    await migrate(empty_database_url, to="0010")
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute("INSERT INTO campaigns (id, revision) VALUES ('c', 1)")
    for version, status, activated, stopped in (
        (1, "stopped", "2026-01-01", "2026-02-01"),
        (2, "stopped", "2026-02-01", "2026-03-01"),
        (3, "live", "2026-04-01", None),
    ):
        await connection.execute(
            "INSERT INTO campaign_versions "
            "(campaign_id, version, status, definition, activated_at, stopped_at) "
            "VALUES ('c', $1, $2, '{}', $3::text::timestamptz, $4::text::timestamptz)",
            *(version, status, activated, stopped),
        )
    await migrate(empty_database_url)
    rows = await connection.fetch("SELECT status FROM campaign_versions ORDER BY version")
    await connection.close()
    assert [row["status"] for row in rows] == ["replaced", "stopped", "live"]


async def test_of_two_who_activate_at_once_one_wins_and_the_other_is_informed(database: Database) -> None:
    await go_live(database)
    await lifecycle.apply(database, campaign(title="Two"))

    async def someone() -> object:
        """Has seen draft 2, and activates it; a third person applies and activates another meanwhile."""
        try:
            return await lifecycle.activate(database, "hello", expecting(2))
        except OvertakenError as error:
            return error

    first = await someone()
    await lifecycle.apply(database, campaign(title="Three"), activate=True)
    late = await someone()
    assert isinstance(first, lifecycle.Done)
    assert isinstance(late, OvertakenError)
    assert "changed by somebody else" in str(late)


async def test_many_who_activate_the_same_draft_all_hear_that_it_is_live(database: Database) -> None:
    await go_live(database)
    await lifecycle.apply(database, campaign(title="Two"))
    done = await asyncio.gather(*(lifecycle.activate(database, "hello", expecting(2)) for _ in range(8)))
    assert sum("it replaces version 1" in each.sentence for each in done) == 1
    assert sum("live already, as version 2" in each.sentence for each in done) == 7


async def test_a_difference_is_that_of_the_files_and_of_the_rendered_samples(database: Database) -> None:
    await go_live(database, campaign(subject="Hello {{ context.name }}"))
    await lifecycle.apply(database, campaign(subject="Goodbye {{ context.name }}"))
    async with database.connection() as connection:
        found = await find_difference(connection, "hello")
    assert (found.before, found.after) == (1, 2)
    assert "-        subject: Hello {{ context.name }}" in found.file
    assert "+        subject: Goodbye {{ context.name }}" in found.file
    assert {"-Hello name", "+Goodbye name"} <= set(found.sample)


async def test_a_difference_needs_two_versions(database: Database) -> None:
    await go_live(database)
    async with database.connection() as connection:
        with pytest.raises(LifecycleError, match="one version only"):
            await find_difference(connection, "hello")
        with pytest.raises(LifecycleError, match="no draft version; apply"):
            await find_difference(connection, "hello", "1", "draft")
        with pytest.raises(LifecycleError, match="no version '7'"):
            await find_difference(connection, "hello", "7", "1")


# --- by its commands -----------------------------------------------------------------------------------


async def test_half_of_a_set_is_never_applied(installation: Installation, tmp_path: Path) -> None:
    good = written(tmp_path, id="good")
    bad = written(
        tmp_path,
        id="bad",
        channels={"email": {"configuration": "nope", "content": {"en": {"subject": "S", "text": "T"}}}},
    )
    refused = await run(installation, "campaigns", "apply", "--activate", good, bad)
    assert refused.code == 1
    assert "There is no channel configuration 'nope'" in refused.err
    assert "Nothing is applied of the 2 files" in refused.err
    assert (await run(installation, "campaigns", "list", "--json")).json == []
    drafts = await run(installation, "campaigns", "apply", good, bad)
    assert drafts.code == 1  # both are drafts, and one has errors
    listed = (await run(installation, "campaigns", "list", "--json")).json
    assert [(each["id"], each["status"]) for each in listed] == [("bad", "draft"), ("good", "draft")]


async def test_a_review_by_its_command(installation: Installation, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        id="c",
        channels={
            "email": {"configuration": "mail", "content": {"en": {"subject": "{{ contxt.x }}", "text": "T"}}}
        },
    )
    assert (await run(installation, "campaigns", "apply", path)).code == 1
    id_ = "c"
    reviewed = await run(installation, "campaigns", "review", id_, "--json")
    assert reviewed.code == 1
    [error] = [each for each in reviewed.json if each["severity"] == "error"]
    assert error == {
        "code": "unknown_root",
        "severity": "error",
        "path": "channels.email.content.en.subject",
        "channel": "email",
        "locale": "en",
        "line": 1,
        "sentence": "The variable 'contxt.x' does not exist: did you mean context?",
        "fix": "Begin it with context, profile or recipient.",
    }
    refused = await run(installation, "campaigns", "activate", id_)
    assert refused.code == 1
    assert "its review has errors" in refused.err


async def test_an_audience_must_exist(installation: Installation, tmp_path: Path) -> None:
    refused = await run(
        installation, "campaigns", "apply", "--activate", written(tmp_path, id="c", audience="nobody")
    )
    assert refused.code == 1
    assert "[unknown_audience]" in refused.err


async def test_every_illegal_move_is_refused_with_what_is_possible(
    installation: Installation, tmp_path: Path
) -> None:
    path = written(tmp_path, id="c")

    async def does(*arguments: str) -> tuple[int, str]:
        done = await run(installation, "campaigns", *arguments)
        return done.code, done.err + done.out

    assert (await does("apply", path))[0] == 0
    assert await does("stop", "c") == (
        1,
        "Campaign 'c' is a draft and was never live; activate or archive it.\n",
    )
    assert (await does("activate", "c", "--version", "2"))[0] == 1
    assert (await does("activate", "c", "--version", "1"))[0] == 0
    code, sentence = await does("activate", "c")
    assert (code, "live already" in sentence) == (0, True)
    code, sentence = await does("archive", "c")
    assert (code, "stop it before" in sentence) == (1, True)
    assert (await does("stop", "c"))[0] == 0
    code, sentence = await does("stop", "c")
    assert (code, "not live" in sentence) == (0, True)
    code, sentence = await does("activate", "c")
    assert (code, "apply its file again" in sentence) == (1, True)
    assert (await does("archive", "c"))[0] == 0
    code, sentence = await does("archive", "c")
    assert (code, "archived already" in sentence) == (0, True)
    code, sentence = await does("activate", "c")
    assert (code, "duplicate it" in sentence) == (1, True)
    code, sentence = await does("apply", path)
    assert (code, "under another id" in sentence) == (1, True)
    code, sentence = await does("activate", "nope")
    assert (code, "There is no campaign 'nope'" in sentence) == (1, True)
    told = (await run(installation, "campaigns", "history", "c", "--json")).json
    assert [each["what"] for each in told] == ["drafted", "activated", "stopped", "archived"]
    assert all(each["by"] and each["door"] == "cli" for each in told)


async def test_a_version_is_shown_as_replaced(installation: Installation, tmp_path: Path) -> None:
    for title in ("One", "Two"):
        assert (
            await run(
                installation, "campaigns", "apply", "--activate", written(tmp_path, id="c", title=title)
            )
        ).code == 0
    shown = (await run(installation, "campaigns", "show", "c", "--version", "1", "--json")).json
    assert (shown["versionStatus"], shown["status"]) == ("replaced", "live")
    async with installation.database.connection() as connection:
        version = await find_version(connection, "c", 1)
    assert version is not None
    differs = await run(installation, "campaigns", "diff", "c")
    assert differs.code == 0
    assert "-title: One" in differs.out
    assert "+title: Two" in differs.out

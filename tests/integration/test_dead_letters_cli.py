"""`clarion dead-letters` as operators type it."""

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.builders import campaign, recipient, trigger
from tests.commands import dead_letters, ended, run, start
from tests.installation import Installation, eventually
from tests.letters import letter_headers, settled

MASK = "\N{BULLET}" * 4
TOMORROW = datetime.now(UTC) + timedelta(days=1)


async def put_letter(installation: Installation, value: bytes = b"{}", **changes: Any) -> None:
    """On partition 0, as if a consumer had written it."""
    topic = changes.pop("origin_topic", installation.topics.triggers("unitary"))
    told = letter_headers(**{"origin_topic": topic, **changes})
    await installation.producer.send_and_wait(
        installation.topics.dead_letters,
        value,
        key=b"alice@example.com",
        partition=0,
        headers=[("authorization", b"secret"), *told],
    )


@pytest.fixture
async def five(installation: Installation) -> Installation:
    """Letters that failed at 0 to 4 o'clock, of two reasons and two campaigns; the first was discarded."""
    for hour in range(5):
        changes: dict[str, Any] = {
            "failed_at": f"2026-06-01T0{hour}:00:00.000Z",
            "request_id": f"r-{hour}",
            "reason": "expired" if hour % 2 else "before_start",
            "campaign_id": "one" if hour < 3 else "two",
        }
        await put_letter(installation, **changes)
    await dead_letters(installation, "discard", "0:0", "--note", "no", "--operator", "dana")
    return installation


# --- list ------------------------------------------------------------------------------------------------


async def test_the_newest_come_first_and_only_what_is_unresolved(five: Installation) -> None:
    listed = await dead_letters(five, "list")
    assert [letter["at"] for letter in listed] == ["0:4", "0:3", "0:2", "0:1"]
    assert listed[0] == {
        "at": "0:4",
        "reason": "before_start",
        "detail": "Campaign 'welcome' starts later.",
        "campaignId": "two",
        "campaignVersion": 1,
        "requestId": "r-4",
        "attempt": 1,
        "failedAt": "2026-06-01T04:00:00.000Z",
        "origin": {
            "topic": five.topics.triggers("unitary"),
            "partition": 1,
            "offset": 7,
            "timestamp": 1770000000000,
        },
        "failures": [],
        "resolution": None,
    }


@pytest.mark.parametrize(
    ("options", "hours"),
    [
        (["--all"], [4, 3, 2, 1, 0]),
        (["--resolved"], [0]),
        (["--reason", "expired"], [3, 1]),
        (["--campaign", "two"], [4, 3]),
        (["--request-id", "r-1", "--request-id", "r-2"], [2, 1]),
        (["--since", "2026-06-01T03:00:00Z"], [4, 3]),
        (["--until", "2026-06-01T04:00:00+02:00", "--all"], [1, 0]),
        (["--since", "1m"], []),
        (["--limit", "2"], [4, 3]),
        (["--limit", "2", "--after", "2026-06-01T03:00:00+00:00/0/3"], [2, 1]),
    ],
)
async def test_a_list_can_be_narrowed(five: Installation, options: list[str], hours: list[int]) -> None:
    assert [letter["at"] for letter in await dead_letters(five, "list", *options)] == [
        f"0:{h}" for h in hours
    ]


async def test_letters_can_be_counted(five: Installation) -> None:
    assert await dead_letters(five, "list", "--by", "reason") == [
        {
            "reason": "expired",
            "count": 2,
            "oldest": "2026-06-01T01:00:00.000Z",
            "newest": "2026-06-01T03:00:00.000Z",
            "example": "0:1",
        },
        {
            "reason": "before_start",
            "count": 2,
            "oldest": "2026-06-01T02:00:00.000Z",
            "newest": "2026-06-01T04:00:00.000Z",
            "example": "0:2",
        },
    ]
    by_campaign = await dead_letters(five, "list", "--by", "campaign", "--all")
    assert [(group["campaignId"], group["count"]) for group in by_campaign] == [("one", 3), ("two", 2)]


async def test_a_page_ends_with_where_the_next_begins(five: Installation) -> None:
    page = await run(five, "dead-letters", "list", "--limit", "3")
    assert page.code == 0
    assert "0:4" in page.out
    assert "3 of 4 dead letters." in page.err
    [cursor] = [line.split("--after ")[1] for line in page.err.splitlines() if "--after" in line]
    rest = await run(five, "dead-letters", "list", "--limit", "3", "--after", cursor)
    assert "0:1" in rest.out
    assert "--after" not in rest.err


# --- show ------------------------------------------------------------------------------------------------


async def test_a_letter_is_shown_with_its_values_masked(installation: Installation) -> None:
    sent = trigger(recipient(context={"url": "https://secret"}), requestId="r-1")
    await put_letter(installation, orjson.dumps(sent))
    shown = await dead_letters(installation, "show", "0:0")
    assert shown["trigger"] == {
        "requestId": "r-1",
        "campaignId": "welcome",
        "context": {"name": MASK},
        "recipients": [{"namespace": "email", "userId": MASK, "context": {"url": MASK}}],
    }
    assert shown["reasons"]["before_start"]["action"] == "Replay when it has, or move the start."
    assert (shown["key"], shown["headers"]["authorization"]) == (MASK, MASK)
    text = await run(installation, "dead-letters", "show", "0:0")
    for secret in ("alice", "https://secret", "Alice"):
        assert secret not in text.out


async def test_a_letter_is_revealed_when_asked(installation: Installation) -> None:
    sent = trigger()
    await put_letter(installation, orjson.dumps(sent))
    shown = await dead_letters(installation, "show", "0:0", "--reveal")
    assert shown["trigger"] == sent
    assert (shown["key"], shown["headers"]["authorization"]) == ("alice@example.com", "secret")


async def test_failures_name_nobody_unless_asked(installation: Installation) -> None:
    failures = [
        {"recipient": "email:alice@example.com", "channel": "sms", "reason": "missing_address", "detail": "x"}
    ]
    await installation.producer.send_and_wait(
        installation.topics.dead_letters, b"{}", partition=0, headers=letter_headers(failures)
    )
    masked = [failures[0] | {"recipient": f"email:{MASK}"}]
    [listed] = await dead_letters(installation, "list", "--all")
    assert listed["failures"] == masked
    shown = await run(installation, "dead-letters", "show", "0:0")
    assert "alice" not in shown.out
    assert (await dead_letters(installation, "show", "0:0", "--reveal"))["failures"] == failures


async def test_of_garbage_the_size_is_shown_and_an_excerpt_when_asked(installation: Installation) -> None:
    await put_letter(installation, b"{\x1b[31m\xff secret", reason="malformed")
    shown = await dead_letters(installation, "show", "0:0")
    assert shown["valueBytes"] == 14
    assert "excerpt" not in shown
    revealed = await dead_letters(installation, "show", "0:0", "--reveal")
    assert revealed["excerpt"] == r"{\x1b[31m\\xff secret"


async def test_what_was_done_about_a_letter_and_its_other_tries_are_shown(installation: Installation) -> None:
    await installation.activate(campaign(start=TOMORROW))
    async with installation.engine():
        await installation.send(trigger())
        [letter] = await installation.dead_letters(1)
        at = f"{letter.partition}:{letter.offset}"
        done = await dead_letters(installation, "replay", "--at", at, "--execute", "--operator", "dana")
        assert (done["replayed"], done["operator"]) == (1, "dana")
        second = (await installation.dead_letters(2))[1]
    shown = await dead_letters(installation, "show", f"{second.partition}:{second.offset}")
    assert shown["attempt"] == 2
    assert [(one["attempt"], (one["resolution"] or {}).get("action")) for one in shown["tries"]] == [
        (1, "replay"),
        (2, None),
    ]
    first = await dead_letters(installation, "show", at)
    assert first["resolution"]["runId"] == done["runId"]
    assert len(first["tries"]) == 2


async def test_somebody_elses_record_is_listed_shown_and_can_be_discarded(installation: Installation) -> None:
    await installation.producer.send_and_wait(installation.topics.dead_letters, b"hello", partition=0)
    [listed] = await dead_letters(installation, "list")
    assert (listed["reason"], listed["origin"]) == ("", None)
    assert "Somebody else's record" in listed["detail"]
    assert (await dead_letters(installation, "show", "0:0"))["valueBytes"] == 5
    await dead_letters(installation, "discard", "0:0", "--note", "not ours")
    assert await dead_letters(installation, "list") == []


# --- replay ----------------------------------------------------------------------------------------------


async def test_without_execute_it_is_only_told(five: Installation) -> None:
    told = await run(five, "dead-letters", "replay")
    assert told.code == 0
    assert "before_start  two" in told.out
    assert "4 to replay. Nothing was written: --execute does it." in told.out
    as_json = await dead_letters(five, "replay", "--campaign", "two")
    assert (as_json["executed"], as_json["toReplay"], as_json["runId"]) == (False, 2, None)
    assert len(await settled(five, five.topics.resolutions)) == 1


async def test_what_is_refused_is_listed_and_ends_with_1(installation: Installation) -> None:
    await put_letter(installation, attempt="7")
    await put_letter(installation)
    done = await run(installation, "dead-letters", "replay", "--execute")
    assert done.code == 1
    assert "0:0  attempts  It has had 7 tries in all" in done.out
    assert "1 replayed; refused: 1 attempts." in done.out


async def test_a_change_is_shown_before_it_is_made(installation: Installation) -> None:
    await put_letter(installation, orjson.dumps(trigger()))
    command = ["dead-letters", "replay", "--at", "0:0", "--set", "context.name=Bob"]
    told = await run(installation, *command)
    assert f'0:0\n  - context.name: {MASK}\n  + context.name: "Bob"\n' in told.out
    assert '  - context.name: "Alice"' in (await run(installation, *command, "--reveal")).out
    done = await dead_letters(installation, *command[1:], "--execute")
    assert done["changes"] == [
        {"at": "0:0", "changes": [{"path": "context.name", "before": MASK, "after": "Bob"}]}
    ]
    shown = await dead_letters(installation, "show", "0:0")
    assert shown["resolution"]["patch"] == {"context": {"name": MASK}}


async def test_a_patch_is_read_from_a_file(installation: Installation, tmp_path: Path) -> None:
    await put_letter(installation, orjson.dumps(trigger()))
    file = tmp_path / "patch.json"
    file.write_text('{"context": {"name": null, "city": "Oslo"}}')
    done = await dead_letters(installation, "replay", "--at", "0:0", "--patch", str(file), "--execute")
    assert done["replayed"] == 1
    [again] = await settled(installation, installation.topics.triggers("unitary"))
    assert orjson.loads(again.value or b"")["context"] == {"city": "Oslo"}


async def test_a_patch_with_a_key_given_twice_is_refused(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "patch.json"
    file.write_text('{"context": {"name": "Bob", "name": "Carol"}}')
    done = await run(installation, "dead-letters", "replay", "--at", "0:0", "--patch", str(file))
    assert done.code == 2
    assert "context.name is given twice" in " ".join(done.err.replace("│", "").split())


@pytest.mark.parametrize(
    "options",
    [
        ["replay", "--set", "context.name=Bob"],
        ["replay", "--at", "0:0", "--set", "context"],
        ["replay", "--at", "0-0"],
        ["replay", "--since", "2026-06-31T00:00:00"],
        ["replay", "--at", "0:0", "--patch", "/nowhere.json"],
        ["replay", "--rate", "0"],
        ["list", "--after", "yesterday"],
        ["list", "--by", "colour"],
        ["show", "x"],
        ["discard", "0:0"],
        ["discard", "0:0", "--note", " "],
        ["discard", "--note", "x"],
    ],
)
async def test_wrong_usage_ends_with_2(installation: Installation, options: list[str]) -> None:
    assert (await run(installation, "dead-letters", *options)).code == 2


# --- others ----------------------------------------------------------------------------------------------


async def test_discarding_what_cannot_be_ends_with_1(five: Installation) -> None:
    done = await run(
        five, "dead-letters", "discard", "0:0", "0:1", "1:9", "--note", "old", "--operator", "eve"
    )
    assert done.code == 1
    assert "0:0: resolved already: discard by dana at 20" in done.err
    assert "1:9: there is no dead letter." in done.err
    assert "1 discarded. Run " in done.out
    assert (await run(five, "dead-letters", "show", "1:9")).code == 1


async def test_early_calls_are_released_by_command(installation: Installation) -> None:
    await installation.activate(campaign(start=TOMORROW))
    async with installation.engine():
        await installation.send(trigger())
        await installation.dead_letters(1)
        nothing = await run(installation, "dead-letters", "release")
        assert (nothing.code, nothing.out) == (0, "Nothing is due.\n")
        await installation.activate(campaign())
        released = await run(installation, "dead-letters", "release")
        assert (released.code, released.out) == (0, "Released 1 early calls of welcome.\n")
        await eventually(installation.deliveries)


async def test_a_watch_ends_cleanly_when_told_to(installation: Installation) -> None:
    await installation.activate(campaign(start=TOMORROW))
    watching = await start(
        installation, "dead-letters", "release", "--watch", "--every", "1", log_level="INFO"
    )
    async with installation.engine():
        await installation.send(trigger())
        await installation.dead_letters(1)
        await installation.activate(campaign())
        await eventually(installation.deliveries)
    watching.send_signal(signal.SIGTERM)
    done = await ended(watching)
    assert (done.code, done.out) == (0, "")
    assert "released" in done.err
    assert len(await installation.deliveries()) == 1


async def test_a_kafka_that_is_away_is_told_in_a_sentence(installation: Installation) -> None:
    away = {"kafka_bootstrap_servers": "127.0.0.1:1"}
    for command in (["list"], ["replay", "--execute"]):
        done = await ended(await start(installation, "dead-letters", *command, **away))
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("Kafka does not answer")
        assert "Traceback" not in done.err

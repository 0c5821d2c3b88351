"""Rule sets on real servers: caps, quiet hours with drop and hold, the release, and the commands."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from consumer.campaigns import lifecycle, rule_sets
from consumer.campaigns.errors import LifecycleError
from consumer.campaigns.registry import Registry
from consumer.kafka.cluster import Cluster
from consumer.replay.release import Releaser
from schemas.campaign import CampaignFile
from schemas.execution import Execution
from schemas.rule_set import RuleSetFile
from tests.builders import EMAIL, SMS, Json, campaign, recipient, trigger
from tests.commands import dead_letters, run
from tests.installation import Installation, eventually, headers
from tests.replays import order

NEVER_POLLS: Json = {"registry_poll_seconds": 300, "consent_default": "opt-out"}
ONE_A_DAY: Json = {"channels": ["email"], "atMost": 1, "per": "day"}
NIGHT: Json = {"channels": ["email"], "from": "21:00", "to": "08:00", "then": "hold"}
YESTERDAY_NIGHT = datetime.now(UTC).replace(hour=23, minute=0, second=0) - timedelta(days=2)


async def apply(installation: Installation, **fields: Any) -> None:
    file = RuleSetFile.model_validate({"id": "gentle", "timezone": "UTC", **fields})
    await rule_sets.apply_rule_sets(installation.database, [file])


def promotion(**changes: Any) -> Json:
    return campaign(**{"id": "promotion", "type": "marketing", "ruleSet": "gentle", **changes})


async def outcomes(installation: Installation, *calls: Json) -> list[str]:
    """Send one after the other; each one's only outcome."""
    found = []
    for call in calls:
        before = len(await installation.executions())
        await installation.send(call)
        execution = (await installation.executions(before + 1))[-1]
        Execution.model_validate(execution)
        [outcome] = [o for e in await installation.executions() if _is_of(e, call) for o in e["outcomes"]][
            -1:
        ]
        found.append(outcome.get("reason", outcome["outcome"]))
    return found


def _is_of(execution: Json, call: Json) -> bool:
    return bool(execution["requestId"] == call["requestId"])


def promote(user_id: str = "alice@example.com", **changes: Any) -> Json:
    return trigger(recipient(user_id), **{"campaignId": "promotion", **changes})


@pytest.fixture
async def clarion(installation: Installation) -> AsyncIterator[Installation]:
    """An engine that hears of changes by notification alone."""
    async with installation.engine(**NEVER_POLLS):
        yield installation


async def test_a_cap_excludes_one_message_too_many_and_a_duplicate_takes_nobodys_place(
    clarion: Installation,
) -> None:
    await apply(clarion, caps=[{**ONE_A_DAY, "atMost": 2}])
    await clarion.activate(promotion())
    first = promote()
    assert await outcomes(clarion, first, first, promote(), promote(), promote("bob@acme.example")) == [
        "delivery", "duplicate", "delivery", "capped", "delivery",
    ]  # fmt: skip
    [capped] = [o for e in await clarion.executions() for o in e["outcomes"] if o.get("reason") == "capped"]
    assert (
        "Cap 1 of rule set 'gentle', at most 2 messages by email per day, is reached: 2 counted"
        in capped["detail"]
    )


async def test_campaigns_with_one_rule_set_are_counted_together_and_others_not(clarion: Installation) -> None:
    await apply(clarion, caps=[ONE_A_DAY])
    await clarion.activate(promotion())
    await clarion.activate(promotion(id="other"))
    await clarion.activate(campaign(type="marketing"))
    assert await outcomes(
        clarion, trigger(), promote(), promote(campaignId="other"), trigger(), promote()
    ) == ["delivery", "delivery", "capped", "delivery", "capped"]


async def test_counts_all_counts_transactional_messages_and_never_excludes_them(
    clarion: Installation,
) -> None:
    await apply(clarion, caps=[{**ONE_A_DAY, "counts": "all"}])
    await clarion.activate(promotion())
    await clarion.activate(campaign())
    assert await outcomes(clarion, trigger(), promote(), trigger()) == ["delivery", "capped", "delivery"]


async def test_a_person_is_a_profile_whatever_their_identities(clarion: Installation, tmp_path: Path) -> None:
    identities = [{"namespace": "email", "id": "alice@example.com"}, {"namespace": "phone", "id": "+4670123"}]
    line = {"identities": identities, "attributes": {"personalEmail": {"address": "alice@example.com"}}}
    (tmp_path / "people.jsonl").write_bytes(orjson.dumps(line))
    assert (await run(clarion, "profiles", "import", str(tmp_path / "people.jsonl"))).code == 0
    await apply(clarion, caps=[ONE_A_DAY])
    await clarion.activate(promotion())
    await clarion.activate(promotion(id="by-phone", namespace="phone"))
    by_phone = trigger({"namespace": "phone", "userId": "+4670123"}, campaignId="by-phone")
    assert await outcomes(clarion, promote(), by_phone) == ["delivery", "capped"]


async def test_many_triggers_of_one_batch_are_counted_in_their_order(clarion: Installation) -> None:
    await apply(clarion, caps=[{**ONE_A_DAY, "atMost": 3}])
    await clarion.activate(promotion())
    calls = [promote() for _ in range(20)]
    await clarion.send_all(calls)
    await clarion.executions(20)
    delivered = [d["requestId"] for d in await clarion.deliveries()]
    assert len(delivered) == 3
    assert delivered == [call["requestId"] for call in calls[:3]]


async def test_a_change_of_a_rule_set_is_in_effect_for_live_campaigns(clarion: Installation) -> None:
    await apply(clarion, caps=[ONE_A_DAY])
    await clarion.activate(promotion())
    assert await outcomes(clarion, promote(), promote()) == ["delivery", "capped"]
    await apply(clarion, caps=[{**ONE_A_DAY, "atMost": 1_000}])

    async def is_free() -> bool:
        return await outcomes(clarion, promote()) == ["delivery"]

    await eventually(is_free)


async def test_drop_excludes_and_the_zone_is_the_persons(clarion: Installation, tmp_path: Path) -> None:
    today = {"channels": ["email"], "dates": [f"{datetime.now(UTC):%Y-%m-%d}"], "then": "drop"}
    # Fourteen hours ahead, and eleven behind: in one of the two it is another day now.
    zones = {"east@acme.example": "Pacific/Kiritimati", "west@acme.example": "Pacific/Niue"}
    lines = [
        {"identities": [{"namespace": "email", "id": id_}], "attributes": {"timeZone": zone}}
        for id_, zone in zones.items()
    ]
    (tmp_path / "people.jsonl").write_bytes(b"\n".join(map(orjson.dumps, lines)))
    assert (await run(clarion, "profiles", "import", str(tmp_path / "people.jsonl"))).code == 0
    await apply(clarion, quietHours=[today])
    await clarion.activate(promotion())
    assert await outcomes(clarion, promote()) == ["quiet_hours"]
    assert sorted(await outcomes(clarion, *map(promote, zones))) in (
        ["delivery", "quiet_hours"],
        ["delivery", "delivery"],
    )
    assert await clarion.dead_letters() == []


async def test_what_is_held_has_a_letter_of_its_own_that_is_released_once(installation: Installation) -> None:
    await apply(installation, quietHours=[NIGHT])
    channels = {"email": EMAIL, "sms": SMS}
    await installation.activate(promotion(channels=channels))
    people = [
        recipient(id_, channelData={"mobilePhoneNumber": "12345"}) for id_ in ("a@b.example", "b@b.example")
    ]
    call = trigger(*people, campaignId="promotion")
    installation.clock = lambda: YESTERDAY_NIGHT
    async with installation.engine(**NEVER_POLLS):
        await installation.send(call)
        letters = await installation.dead_letters(2)
    release_at = (YESTERDAY_NIGHT + timedelta(days=1)).strftime("%Y-%m-%dT08:00:00.000Z")
    for letter, person in zip(letters, people, strict=True):
        told = headers(letter)
        assert orjson.loads(letter.value or b"") == call
        assert (told["clarion.reason"], told["clarion.release-at"]) == ("quiet_hours", release_at)
        [failure] = orjson.loads(told["clarion.failures"])
        assert (failure["recipient"], failure["channel"]) == (f"email:{person['userId']}", "email")
    [execution] = await installation.executions()
    held = [o for o in execution["outcomes"] if o["outcome"] == "held"]
    assert [(o["channel"], o["reason"], o["releaseAt"]) for o in held] == [
        ("email", "quiet_hours", release_at)
    ] * 2
    assert [d["channel"] for d in await installation.deliveries()] == ["sms", "sms"]

    assert await dead_letters(installation, "list") == []
    assert len(await dead_letters(installation, "list", "--held")) == 2
    releaser = Releaser(Cluster.of(installation.settings), Registry(installation.database), order())
    installation.clock = lambda: datetime.now(UTC).replace(hour=12)
    async with installation.engine(**NEVER_POLLS):
        assert (await releaser.release()).replayed == 2
        assert (await releaser.release()).replayed == 0
        await installation.executions(3)
    assert sorted(d["channel"] for d in await installation.deliveries()) == ["email", "email", "sms", "sms"]
    assert await dead_letters(installation, "list", "--held") == []


async def test_what_is_not_due_stays(installation: Installation) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await apply(installation, quietHours=[{**NIGHT, "from": "00:00", "to": "23:00"}])
    await installation.activate(promotion())
    installation.clock = lambda: tomorrow.replace(hour=1)
    async with installation.engine(**NEVER_POLLS):
        await installation.send(promote())
        await installation.dead_letters(1)
    done = await run(installation, "dead-letters", "release")
    assert (done.code, done.out) == (0, "Nothing is due.\n")


async def test_a_held_message_whose_campaign_has_ended_becomes_an_ordinary_letter(
    installation: Installation,
) -> None:
    await apply(installation, quietHours=[NIGHT])
    end = YESTERDAY_NIGHT + timedelta(hours=1)
    await installation.activate(promotion(end=end.isoformat()))
    installation.clock = lambda: YESTERDAY_NIGHT
    async with installation.engine(**NEVER_POLLS):
        await installation.send(promote())
        await installation.dead_letters(1)
    installation.clock = lambda: datetime.now(UTC)
    async with installation.engine(**NEVER_POLLS):
        done = await run(installation, "dead-letters", "release")
        assert (done.code, done.out) == (0, "Released 1 held messages of promotion.\n")
        await installation.dead_letters(2)
    [letter] = await dead_letters(installation, "list")
    assert (letter["reason"], letter["attempt"]) == ("after_end", 2)


async def test_an_early_call_says_when_it_is_released(installation: Installation) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    await installation.activate(campaign(start=start.isoformat()))
    async with installation.engine():
        await installation.send(trigger())
        [letter] = await installation.dead_letters(1)
    assert headers(letter)["clarion.release-at"] == f"{start:%Y-%m-%dT%H:%M:%S}.000Z"
    assert [each["reason"] for each in await dead_letters(installation, "list")] == ["before_start"]


async def test_a_campaign_whose_rule_set_is_gone_sends_nothing(clarion: Installation) -> None:
    await apply(clarion, caps=[ONE_A_DAY])
    await clarion.activate(promotion())
    async with clarion.database.transaction() as connection:
        await connection.execute("DELETE FROM rule_sets")
        await connection.execute("UPDATE registry_revision SET revision = revision + 1")
        await connection.execute("SELECT pg_notify('clarion_registry', '')")

    async def is_refused() -> bool:
        return await outcomes(clarion, promote(f"{datetime.now(UTC).timestamp()}@b.example")) == [
            "internal_error"
        ]

    await eventually(is_refused)


async def test_an_unknown_rule_set_and_the_high_throughput_lane_are_errors_of_the_review(
    installation: Installation,
) -> None:
    for file in (promotion(), campaign(lane="high-throughput", createProfiles=False, ruleSet="gentle")):
        with pytest.raises(LifecycleError) as refused:
            await lifecycle.apply(installation.database, CampaignFile.model_validate(file), activate=True)
        assert "ruleSet" in [finding.path for finding in refused.value.findings]


# --- the commands ------------------------------------------------------------------------------------------

GENTLE = """
id: gentle
timezone: Europe/Stockholm
quietHours:
  - {channels: [sms, push], days: [mon, tue], from: 21:00, to: 08:00, then: hold}
  - {channels: [email], dates: [2026-12-24], then: drop}
caps:
  - {channels: [email], atMost: 2, per: week}
  - {channels: [email, sms, push], atMost: 1, per: day, rolling: true}
"""


async def test_a_file_is_applied_shown_listed_and_removed(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "gentle.yaml"
    file.write_text(GENTLE)
    assert (await run(installation, "rules", "apply", str(file))).out == "Rule set 'gentle' is applied.\n"
    assert (await run(installation, "rules", "apply", str(file))).out == "Rule set 'gentle' is unchanged.\n"
    shown = tmp_path / "shown.yaml"
    shown.write_text((await run(installation, "rules", "show", "gentle")).out)
    assert (await run(installation, "rules", "apply", str(shown))).out == "Rule set 'gentle' is unchanged.\n"
    assert yaml.safe_load(shown.read_text())["quietHours"][0]["from"] == "21:00"

    await installation.activate(promotion())
    [row] = (await run(installation, "rules", "list", "--json")).json
    assert (row["id"], row["quietHours"], row["caps"], row["campaigns"]) == ("gentle", 2, 2, ["promotion"])
    refused = await run(installation, "rules", "remove", "gentle")
    assert (refused.code, "'promotion'" in refused.err) == (1, True)
    await lifecycle.stop(installation.database, "promotion")
    assert (await run(installation, "rules", "remove", "gentle")).code == 0
    assert (await run(installation, "rules", "remove", "gentle")).code == 1
    assert (await run(installation, "rules", "show", "gentle")).code == 1
    audit = (await run(installation, "audit", "list", "--json")).json
    assert [entry["what"] for entry in audit if entry["subject"] == "gentle"] == [
        "rule_set.remove",
        "rule_set.apply",
    ]


@pytest.mark.parametrize(
    ("before", "after", "mistake"),
    [
        ("Europe/Stockholm", "Europe/Stokholm", "there is no time zone 'Europe/Stokholm': did you mean"),
        ("timezone: Europe/Stockholm\n", "", "timezone: Field required"),
        ("to: 08:00", "to: 21:00", "from and to are the same"),
        ("to: 08:00, ", "", "give both from and to"),
        ("from: 21:00", "from: 24:00", "quietHours.0.from"),
        ("2026-12-24", "2027-02-29", "there is no date '2027-02-29'"),
        ("2026-12-24", "24.12.2026", "there is no date '24.12.2026'"),
        ("days: [mon, tue]", "days: [mon], dates: [2026-12-24]", "give days or dates"),
        ("then: drop", "then: wait", "quietHours.1.then"),
        ("atMost: 2", "atMost: 0", "caps.0.atMost"),
        ("per: week}", "per: week, every: 27}", "every: at most 26 for week"),
        ("channels: [email], atMost", "channels: [], atMost", "caps.0.channels"),
        (
            "channels: [sms, push], days: [mon, tue], from: 21:00, to: 08:00",
            "channels: [sms]",
            "sms would be held for ever",
        ),
    ],
)  # fmt: skip
async def test_a_mistake_is_told_with_its_place_and_nothing_is_applied(
    installation: Installation, tmp_path: Path, before: str, after: str, mistake: str
) -> None:
    file = tmp_path / "gentle.yaml"
    file.write_text(GENTLE.replace(before, after))
    done = await run(installation, "rules", "apply", str(file))
    assert done.code == 1
    assert mistake in done.err
    assert (await run(installation, "rules", "list", "--json")).json == []

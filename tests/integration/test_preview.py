"""`clarion campaigns` preview, explain and proof, and `executions explain`."""

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from config import SAMPLES
from tests.builders import EMAIL, SMS, Json, campaign, recipient, trigger
from tests.commands import run
from tests.installation import Installation, eventually

SALE = campaign(
    id="sale",
    type="marketing",
    createProfiles=False,
    start="2040-01-01T00:00:00Z",
    channels={
        "email": {
            "configuration": "mail",
            "content": {
                "en": {
                    "subject": "Hello {{ context.name }}",
                    "html": "<p>{{ context.name }}</p>",
                    "text": "{{ context.name }}",
                },
                "sv": {
                    "subject": "Hej {{ context.name }}",
                    "html": "<p>Hej</p>",
                    "text": "Hej {{ context.name }}",
                },
            },
        },
        "sms": SMS,
    },
)


def written(folder: Path, name: str, document: object) -> str:
    path = folder / name
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document), encoding="utf-8")
    return str(path)


def contents(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


OTHERS = '{"requestId":"r","campaignId":"other","recipients":[{"namespace":"email","userId":"a"}]}'


@pytest.fixture
async def drafted(installation: Installation, tmp_path: Path) -> Installation:
    """With a draft of a marketing campaign that has not begun."""
    applied = await run(installation, "campaigns", "apply", written(tmp_path, "sale.yaml", SALE))
    assert applied.code == 0, applied.err
    return installation


async def previewed(installation: Installation, *arguments: str) -> Any:
    done = await run(installation, "campaigns", "preview", "sale", *arguments, "--json")
    assert done.code == 0, done.err
    return done.json


async def test_a_preview_renders_each_channel_and_says_which_rule_applies(
    drafted: Installation, tmp_path: Path
) -> None:
    found = await previewed(drafted, "--out", str(tmp_path / "pages"))
    assert [(each["channel"], each["reason"], each["rule"]) for each in found] == [
        ("email", "before_start", 5),
        ("sms", "before_start", 5),
    ]
    email, sms = found
    assert email["content"]["subject"] == "Hello name"
    assert sms["content"] == {"text": "Hello name"}
    assert contents(email["file"]) == "<p>name</p>"
    assert sms["file"] is None
    assert await drafted.deliveries() == []


async def test_a_preview_is_in_the_language_and_for_the_people_that_are_asked_for(
    drafted: Installation, tmp_path: Path
) -> None:
    assert (await previewed(drafted, "--locale", "sv-SE"))[0]["content"]["subject"] == "Hej name"
    table = written(tmp_path, "people.csv", "userId,locale,context.name\na@b.c,sv,Ann\nd@e.f,,Dan\n")
    found = await previewed(drafted, "--trigger", table)
    assert [
        (each["recipient"], each["content"]["subject"]) for each in found if each["channel"] == "email"
    ] == [
        ("email:a@b.c", "Hej Ann"),
        ("email:d@e.f", "Hello Dan"),
    ]
    lines = "".join(f'{{"userId": "p{n}@b.c", "context": {{"name": "N"}}}}\n' for n in range(45))
    assert len(await previewed(drafted, "--trigger", written(tmp_path, "people.jsonl", lines))) == 90


async def test_a_preview_for_a_stored_profile_uses_it(drafted: Installation, tmp_path: Path) -> None:
    line = {
        "identities": [{"namespace": "email", "id": "a@b.c"}],
        "attributes": {"preferredLanguage": "sv"},
        "consents": {"marketing": {"email": {"val": "y"}}},
    }
    path = written(tmp_path, "profiles.jsonl", orjson.dumps(line).decode())
    assert (await run(drafted, "profiles", "import", path)).code == 0
    assert (await previewed(drafted, "--profile", "email:a@b.c"))[0]["locale"] == "sv"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("x.csv", "name\nA\n", "no column `userId`"),
        ("x.csv", "userId\n" + "a@b.c\n" * 101, "has 101 people; at most 100"),
        ("x.jsonl", "[]", "no trigger and no recipient"),
        ("x.jsonl", "nonsense", "is not JSON"),
        (
            "x.json",
            OTHERS,
            "for the campaign 'other'",
        ),
    ],
)
async def test_people_that_cannot_be_read_are_refused(
    drafted: Installation, tmp_path: Path, name: str, content: str, sentence: str
) -> None:
    for command in ("preview", "explain"):
        refused = await run(
            drafted, "campaigns", command, "sale", "--trigger", written(tmp_path, name, content)
        )
        assert refused.code == 1
        assert sentence in refused.err
    missing = await run(drafted, "campaigns", "preview", "sale", "--trigger", str(tmp_path / "nope"))
    assert missing.code == 2


async def test_each_sample_campaigns_sample_is_rendered_on_each_channel(installation: Installation) -> None:
    assert (await run(installation, "channels", "apply", str(SAMPLES / "channels.yaml"))).code == 0
    files = sorted((SAMPLES / "campaigns").glob("*.yaml"))
    applied = await run(installation, "campaigns", "apply", *map(str, files))
    assert applied.code == 0, applied.err
    for file in files:
        done = await run(installation, "campaigns", "preview", file.stem, "--json")
        assert done.code == 0, done.err
        assert all(each["content"] for each in done.json)
        assert {each["reason"] for each in done.json} <= {
            None, "no_consent", "unknown_profile", "before_start", "after_end", "holdout"
        }  # fmt: skip


async def test_a_treatment_is_previewed_by_its_name(installation: Installation, tmp_path: Path) -> None:
    content = {"en": {"subject": "A", "text": "A"}}, {"en": {"subject": "B", "text": "B"}}
    treatments = {name: {"weight": 50, "content": each} for name, each in zip("ab", content, strict=True)}
    file = campaign(
        experiment={"name": "x", "holdout": 99},
        channels={"email": {"configuration": "mail", "treatments": treatments}},
    )
    assert (await run(installation, "campaigns", "apply", written(tmp_path, "c.yaml", file))).code == 0
    for name in "ab":
        done = await run(installation, "campaigns", "preview", file["id"], "--treatment", name, "--json")
        assert (done.json[0]["treatment"], done.json[0]["content"]["subject"]) == (name, name.upper())
    refused = await run(installation, "campaigns", "preview", file["id"], "--treatment", "c")
    assert (refused.code, "there are a, b" in refused.err) == (1, True)


async def test_an_explanation_has_each_rule_in_order_and_masks_people(
    installation: Installation, tmp_path: Path
) -> None:
    file = {**SALE, "start": None, "createProfiles": True}
    assert (await run(installation, "campaigns", "apply", written(tmp_path, "sale.yaml", file))).code == 0
    done = await run(installation, "campaigns", "explain", "sale", "--json")
    assert done.code == 0, done.err
    email = done.json[0]
    assert (email["outcome"], email["reason"]) == ("exclusion", "no_consent")
    verdicts = {rule["rule"]: rule["verdict"] for rule in email["rules"]}
    assert {number for number, verdict in verdicts.items() if verdict == "passed"} == set(range(1, 10))
    assert verdicts[10] == "failed"
    assert set(verdicts.values()) == {"passed", "failed", "not reached"}
    assert email["recipient"] == "email:\u2022\u2022\u2022\u2022"
    assert "alice" not in done.out
    shown = await run(installation, "campaigns", "explain", "sale", "--reveal")
    assert "alice@example.com" in shown.out
    assert "no_consent" in shown.out


async def test_a_past_execution_is_explained(installation: Installation) -> None:
    await installation.activate(campaign())
    call = trigger(recipient("a@b.c"), recipient("no address"))
    async with installation.engine():
        await installation.send(call)
        await installation.executions(1)
    from tests.projecting import projector  # noqa: PLC0415 - it starts a process of its own

    async with projector(installation):

        async def explained() -> Any:
            done = await run(installation, "executions", "explain", call["requestId"], "--json")
            return done.json if done.code == 0 and done.json else None

        found = await eventually(explained)
    by_outcome = {each["outcome"]: each for each in found[0]["explained"]}
    assert all(rule["verdict"] == "passed" for rule in by_outcome["delivery"]["rules"])
    failed = [rule for rule in by_outcome["rejection"]["rules"] if rule["verdict"] == "failed"]
    assert [(rule["rule"], rule["reason"]) for rule in failed] == [(11, "invalid_address")]


# --- proofs --------------------------------------------------------------------------------------------


async def proofed(installation: Installation, *arguments: str) -> Any:
    done = await run(installation, "campaigns", "proof", "sale", *arguments, "--json")
    assert done.code == 0, done.err
    return done.json


async def test_a_proof_is_sent_marked_and_asks_no_consent(drafted: Installation) -> None:
    sent = await proofed(drafted, "--to", "email:me@acme.example", "--subject-prefix", "[proof] ")
    [outcome] = [each for each in sent["outcomes"] if each["channel"] == "email"]
    [delivery] = [each for each in await drafted.deliveries() if each["channel"] == "email"]
    assert delivery["deliveryId"] == outcome["deliveryId"]
    assert (delivery["test"], delivery["messageType"], delivery["address"]) == (
        True,
        "marketing",
        "me@acme.example",
    )
    assert delivery["content"]["subject"] == "[proof] Hello name"
    assert delivery["recipient"]["profileId"] is None
    assert delivery["requestId"].startswith("proof-")
    assert await drafted.executions() == []
    told = await run(drafted, "campaigns", "history", "sale", "--json")
    assert [each["what"] for each in told.json] == ["drafted", "proof"]


async def test_an_address_gets_the_proof_of_its_channel_alone(drafted: Installation) -> None:
    sent = await proofed(drafted, "--to", "phone:+46701234567")
    assert [(each["channel"], each["outcome"]) for each in sent["outcomes"]] == [("sms", "delivery")]


async def test_a_proof_obeys_the_allow_list(drafted: Installation) -> None:
    assert (await run(drafted, "allow-list", "on")).code == 0
    refused = await run(drafted, "campaigns", "proof", "sale", "--to", "email:me@acme.example", "--json")
    assert refused.code == 1
    assert {each["reason"] for each in refused.json["outcomes"] if each["channel"] == "email"} == {
        "not_allowed"
    }
    assert await drafted.deliveries() == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([f"email:{n}@acme.example" for n in range(11)], "1 to 10 recipients, and 11"),
        (["nobody"], "write it as email:me@acme.example"),
        (["crm:7"], "begin it with one of email, phone"),
    ],
)
async def test_a_proof_that_cannot_be_sent_is_refused(
    drafted: Installation, arguments: list[str], sentence: str
) -> None:
    options = [word for each in arguments for word in ("--to", each)]
    refused = await run(drafted, "campaigns", "proof", "sale", *options)
    assert (refused.code, sentence in refused.err) == (1, True)


async def test_a_proof_is_refused_while_the_review_has_errors(
    installation: Installation, tmp_path: Path
) -> None:
    content = {"en": {"subject": "", "text": "Hello"}}
    file: Json = campaign(id="sale", channels={"email": {**EMAIL, "content": content}})
    assert (await run(installation, "campaigns", "apply", written(tmp_path, "c.yaml", file))).code == 1
    refused = await run(installation, "campaigns", "proof", "sale", "--to", "email:me@acme.example")
    assert refused.code == 1
    assert "[empty_subject]" in refused.err

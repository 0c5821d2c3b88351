"""Files of campaigns and channels are bounded: a sentence at once, and little memory."""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from consumer.campaigns.files import UnreadableFileError, read_campaign, read_channels
from schemas.campaign import CampaignFile
from tests.builders import campaign

MEMORY_BYTES = 700_000_000
READ = """
import json, sys
from pathlib import Path
from consumer.campaigns.files import UnreadableFileError, read_campaign, read_channels

def refusal(read, path):
    try:
        read(Path(path))
    except UnreadableFileError as error:
        return str(error)

paths = sys.argv[1:]
print(json.dumps({path: [refusal(read, path) for read in (read_campaign, read_channels)] for path in paths}))
"""

_LEVELS = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 9))
ALIASES = "x0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + _LEVELS
MERGES = "x0: &x0 {a: {b: 1}}\n" + "".join(
    f"x{n}: &x{n} {{y: [*x{n - 1}, *x{n - 1}], <<: [*x{n - 1}, *x{n - 1}]}}\n" for n in range(1, 25)
)
CHAIN = "x0: &x0 [1]\n" + "".join(f"x{n}: &x{n} [*x{n - 1}]\n" for n in range(1, 200))


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFileError) as raised:
        read_campaign(path)
    return str(raised.value)


def without_line(refused: str) -> str:
    return re.sub(r"^.*?\.yaml:\d+", "", refused)


HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "aliases": (ALIASES, "aliases written out"),
    "merges": (MERGES, "aliases written out"),
    "chain": (CHAIN, "nested deeper than 64"),
    "itself": ("a: &a [*a]\n", "it holds itself"),
    "long alias": (f"a: &a {'x' * 1_000_000}\nb: [*a, *a, *a, *a, *a]\n", "more than 5,000,000 characters"),
    "deep": ("a: " + "[" * 100_000, "nested deeper than 64"),
    "deep block": ("".join(f"{' ' * n}a:\n" for n in range(500)), "nested deeper than 64"),
    "many": ("- a\n" * 1_000_000, "more than 20,000 keys and values"),
    "large": (b"#" * 30_000_000, "more than 5,000,000 bytes"),
}


ENDLESS = "/dev/zero"


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """By file, what reading it as a campaign and as channels comes to, in a process with little memory."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))

    folder = tmp_path_factory.mktemp("hostile")
    paths = [str(written(folder / name, text)) for name, (text, _) in HOSTILE.items()]
    command = [sys.executable, "-c", READ, *paths, ENDLESS]
    done = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return {Path(path).name: lines for path, lines in json.loads(done.stdout).items()}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_sentence_with_little_memory(
    refusals: dict[str, list[str]], name: str
) -> None:
    _, sentence = HOSTILE[name]
    for refusal in refusals[name]:
        [line] = refusal.splitlines()
        assert f"{name}:" in line
        assert sentence in line


def test_what_never_ends_is_not_read_to_its_end(refusals: dict[str, list[str]]) -> None:
    assert refusals["zero"] == [f"{ENDLESS}: it has more than 5,000,000 bytes"] * 2


def test_a_place_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "file.yaml", "id: a\ntitle: b\n" + "context: {a: " * 70)
    assert refusal(path).startswith(f"{path}:3:")


EXCESSES: dict[str, tuple[dict[str, Any], str]] = {
    "description": ({"description": "x" * 10_001}, "description: it has 10,001 characters"),
    "title": ({"title": "x" * 501}, "title: String should have at most 500 characters"),
    "tags": ({"tags": ["a"] * 101}, "tags: it has 101 tags; at most 100 are allowed"),
    "labels": ({"labels": ["a"] * 101}, "labels: it has 101 labels"),
    "a label": ({"labels": ["a" * 501]}, "labels.0: String should have at most 500 characters"),
    "id": ({"id": "x" * 65}, "id: "),
    "context": ({"context": {"a": "x" * 200_000}}, "context: it has 200,008 bytes as JSON"),
    "template": (
        {"channels": {"sms": {"configuration": "text", "content": {"en": {"text": "x" * 500_001}}}}},
        "channels.sms.content.en.text: String should have at most 500000 characters",
    ),
    "locales": (
        {
            "channels": {
                "sms": {
                    "configuration": "text",
                    "content": {f"en-{number:05}": {"text": "x"} for number in range(201)},
                }
            }
        },
        "channels.sms.content: it has 201 locales",
    ),
    "data": (
        {
            "channels": {
                "push": {
                    "configuration": "app",
                    "content": {"en": {"title": "x", "body": "x", "data": {"x" * 256: "y"}}},
                }
            }
        },
        "channels.push.content.en.data: it has 256 characters in a member's name",
    ),
}


@pytest.mark.parametrize(("changes", "sentence"), EXCESSES.values(), ids=EXCESSES)
def test_every_text_and_list_is_bounded(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    # JSON is YAML.
    path = written(tmp_path / "file.yaml", json.dumps(campaign(**changes)))
    assert without_line(refusal(path)).startswith(f": {sentence}")


def test_a_senders_settings_are_bounded(tmp_path: Path) -> None:
    path = written(tmp_path / "file.yaml", json.dumps({"mail": {"channel": "email", "from": "x" * 10_000}}))
    with pytest.raises(UnreadableFileError, match=r"mail: it has 10,0.. bytes as JSON"):
        read_channels(path)


def test_of_many_mistakes_the_first_are_listed(tmp_path: Path) -> None:
    path = written(tmp_path / "file.yaml", json.dumps(campaign(tags=[""] * 2_000)))
    lines = refusal(path).splitlines()
    assert len(lines) == 51
    assert lines[-1] == f"{path}: and 1,950 more mistakes"


def test_a_version_that_is_stored_and_beyond_the_bounds_still_loads() -> None:
    stored = campaign(description="x" * 1_000_000, tags=["a"] * 1_000, context={"a": "x" * 500_000})
    assert CampaignFile.model_validate(stored).definition()["description"] == "x" * 1_000_000


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("12345678901234567890123", "an integer beyond 64 bits"),
        ("-9223372036854775809", "an integer beyond 64 bits"),
        ("0.1234567890123456789", "a decimal that a double cannot hold to 17 digits"),
        ("1e-400", "a decimal that a double cannot hold to 17 digits"),
        ("1e999", "a decimal that a double cannot hold to 17 digits"),
        ("!!int 0x1F", "written as in JSON"),
        ("!!float 12:30", "written as in JSON"),
    ],
)
def test_a_number_that_would_lose_digits_is_told_with_its_place(
    tmp_path: Path, number: str, kind: str
) -> None:
    path = written(tmp_path / "file.yaml", f"id: a\ncontext: {{n: {number}}}\n")
    told = refusal(path)
    assert told.startswith(f"{path}:2:14: ")
    assert kind in told


def test_a_number_that_keeps_its_digits_is_read(tmp_path: Path) -> None:
    text = json.dumps(campaign()).replace(
        '"title"', '"context": {"n": [18446744073709551615, 0.00001]}, "title"'
    )
    assert read_campaign(written(tmp_path / "file.yaml", text)).context == {"n": [2**64 - 1, 1e-5]}


@pytest.mark.parametrize("tag", ["!!binary aGk=", "!!timestamp 2026-01-01", "!!set {a}", "!!python/none x"])
def test_what_json_does_not_have_is_refused(tmp_path: Path, tag: str) -> None:
    path = written(tmp_path / "file.yaml", f"id: a\ncontext: {{n: {tag}}}\n")
    assert "could not determine a constructor for the tag" in refusal(path)


@pytest.mark.parametrize(
    ("bound", "sentence"),
    [
        ("end: 9999-12-31T23:59:59-05:00", "end: it is beyond the years 1 to 9999 in UTC"),
        ("start: 0001-01-01T00:00:00+01:00", "start: it is beyond the years 1 to 9999 in UTC"),
        ("start: 2026-02-30T00:00:00Z", "start: write a date and time with its zone"),
        ("start: 1780000000", "start: write a date and time with its zone"),
        ("start: '1780000000'", "start: write a date and time with its zone"),
        ("start: .inf", "start: write a date and time with its zone"),
        ("maxAge: 9999999d", "maxAge: give a duration such as 90s"),
        ("maxAge: -1s", "maxAge: give a duration such as 90s"),
        ("maxAge: 1e9", "maxAge: give a duration such as 90s"),
    ],
)
def test_a_date_or_duration_at_the_edge_is_told(tmp_path: Path, bound: str, sentence: str) -> None:
    text = json.dumps(campaign())[1:-1].replace('", "', '",\n"')
    path = written(tmp_path / "file.yaml", f"{{{text},\n{bound}}}")
    assert without_line(refusal(path)).startswith(f": {sentence}")

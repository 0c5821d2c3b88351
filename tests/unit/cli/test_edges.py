"""Times, numbers and sizes at their edges on the command line: a sentence, and exit code 2."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app

ENVIRONMENT = {
    "CLARION_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "CLARION_DATABASE_URL": "postgresql://127.0.0.1:1/none",
}
BEYOND = "0001-01-01T00:00:00+14:00"


def refused(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, env=ENVIRONMENT | {"COLUMNS": "500"})
    assert done.exit_code == 2, done.output
    return " ".join(done.stderr.replace("\N{BOX DRAWINGS LIGHT VERTICAL}", " ").split())


@pytest.mark.parametrize(
    "command",
    [
        ("dead-letters", "list", "--since"),
        ("dead-letters", "list", "--until"),
        ("dead-letters", "replay", "--since"),
        ("executions", "list", "--since"),
        ("executions", "list", "--until"),
        ("executions", "counts", "--since"),
        ("campaigns", "backtest", "welcome", "--since"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("999999d", "'999999d' reaches back beyond the year 1."),
        (BEYOND, f"'{BEYOND}' cannot be used: it is beyond the years 1 to 9999 in UTC."),
        ("9999-12-31T23:59:59-05:00", "it is beyond the years 1 to 9999 in UTC."),
        ("9999999d", "'9999999d' is not a time: write 10:30, 2026-06-01T12:00:00Z, or an age, such as 90m."),
        ("2026-06-31T12:00:00", "is not a time: write"),
        ("24:00", "is not a time: write"),
        ("9:60", "is not a time: write"),
        ("1780000000", "is not a time: write"),
    ],
)
def test_a_time_that_cannot_be_used_is_told(command: tuple[str, ...], text: str, sentence: str) -> None:
    assert sentence in refused(*command, text)


@pytest.mark.parametrize("at", ["2147483648:0", "0:9223372036854775808", "-1:0", "0:1e3", "0"])
@pytest.mark.parametrize(
    "command",
    [
        ("dead-letters", "replay", "--at"),
        ("dead-letters", "show"),
        ("dead-letters", "discard", "--note", "n", "--"),
    ],
    ids=" ".join,
)
def test_coordinates_that_no_letter_can_have_are_told(command: tuple[str, ...], at: str) -> None:
    if command[1] == "show":
        command = (*command, "--")
    assert f"'{at}' is not PARTITION:OFFSET, as 3:1042." in refused(*command, at)


@pytest.mark.parametrize(
    "cursor",
    ["2026-06-01T00:00:00+00:00/2147483648/0", f"{BEYOND}/0/0", "2026-06-01T00:00:00+00:00/0/-1", "x/y/z"],
)
@pytest.mark.parametrize("command", ["executions", "dead-letters"])
def test_a_cursor_that_no_page_ended_with_is_told(command: str, cursor: str) -> None:
    assert "is not the cursor of a page" in refused(command, "list", "--after", cursor)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "0", "1e400"])
@pytest.mark.parametrize(
    "command",
    [
        ("dead-letters", "replay", "--reason", "expired", "--rate"),
        ("dead-letters", "release", "--watch", "--every"),
        ("prove", "--minutes"),
        ("prove", "--rate"),
    ],
    ids=" ".join,
)
def test_a_number_that_is_none_to_go_by_is_told(command: tuple[str, ...], number: str) -> None:
    assert "Invalid value" in refused(*command, number)


def test_a_version_that_no_campaign_can_have_is_told() -> None:
    assert "less than or equal to 2147483647" in refused(
        "campaigns", "show", "welcome", "--version", "2147483648"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"context":{"n":1e-400}}', "context.n is a decimal that a double cannot hold to 17 digits"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"a":"' + b"x" * 1_000_000 + b'"}', "has more than 1,000,000 bytes, as no trigger has"),
    ],
)
def test_a_patch_that_cannot_be_used_is_told(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "patch.json"
    file.write_bytes(content)
    assert sentence in refused("dead-letters", "replay", "--at", "0:0", "--patch", str(file))


def test_a_patch_that_never_ends_is_told() -> None:
    told = refused("dead-letters", "replay", "--at", "0:0", "--patch", "/dev/zero")
    assert "/dev/zero has more than 1,000,000 bytes" in told


def test_a_file_of_triggers_that_never_ends_is_told() -> None:
    done = CliRunner().invoke(app, ["send", "/dev/zero"], env=ENVIRONMENT)
    assert (done.exit_code, done.stderr) == (
        1,
        "/dev/zero: it has more than 20,000,000 bytes; send it in parts.\n",
    )


@pytest.mark.parametrize(
    "servers", ["broker:99999", "broker:0", "a:9092,b:70000", "[::1]:65536", "broker:65536 , c:1"]
)
def test_a_port_that_no_broker_can_have_is_told(servers: str) -> None:
    done = CliRunner().invoke(
        app, ["topics", "create"], env=ENVIRONMENT | {"CLARION_KAFKA_BOOTSTRAP_SERVERS": servers}
    )
    assert "CLARION_KAFKA_BOOTSTRAP_SERVERS: a port must be" in str(done.exception)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@host:99999/db",
        "postgresql://host:0/db",
        "postgres://u:p@a:5432,b:70000/db?target_session_attrs=any",
    ],
)
def test_a_port_that_no_database_can_have_is_told_without_the_password(url: str) -> None:
    done = CliRunner().invoke(app, ["campaigns", "list"], env=ENVIRONMENT | {"CLARION_DATABASE_URL": url})
    assert str(done.exception) == "CLARION_DATABASE_URL: a port must be a whole number from 1 to 65535"

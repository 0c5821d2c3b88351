"""Commands on terminals as they are: another encoding, a closed or full stream, text that is not UTF-8."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.builders import campaign, trigger
from tests.commands import environment_of, run
from tests.installation import Installation

TITLE = "Summer 🎉 Sommar å"
NOT_TEXT = os.fsdecode(b"\xff")
# Nobody listens there: these commands end before it matters.
NOWHERE = {
    "CLARION_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
    "CLARION_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:9/nothing",
}

Done = subprocess.CompletedProcess[bytes]


@pytest.fixture
async def titled(installation: Installation) -> Installation:
    await installation.activate(campaign(title=TITLE))
    return installation


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
async def test_a_list_is_printed_whole_in_every_encoding(titled: Installation, encoding: str) -> None:
    done = _run(titled, "campaigns", "list", PYTHONIOENCODING=encoding)

    assert (done.returncode, done.stderr) == (0, b"")
    assert TITLE.encode(encoding, "backslashreplace") in done.stdout


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
async def test_json_means_the_same_in_every_encoding(titled: Installation, encoding: str) -> None:
    done = _run(titled, "campaigns", "list", "--json", PYTHONIOENCODING=encoding)

    assert [row["title"] for row in json.loads(done.stdout.decode(encoding))] == [TITLE]


async def test_yaml_means_the_same_in_another_encoding(titled: Installation) -> None:
    done = _run(titled, "campaigns", "show", campaign()["id"], PYTHONIOENCODING="latin-1")

    assert yaml.safe_load(done.stdout.decode("latin-1"))["title"] == TITLE


@pytest.mark.parametrize(
    ("redirection", "cause", "options"),
    [(">/dev/full", "No space left", []), (">&-", "Bad file descriptor", ["--json"])],
)
async def test_output_that_cannot_be_written_is_reported_in_a_sentence(
    titled: Installation, redirection: str, cause: str, options: list[str]
) -> None:
    done = _run_in_shell(redirection, titled, "campaigns", "list", *options)

    assert done.returncode == 1
    assert done.stderr.decode().startswith("The output cannot be written: ")
    assert cause in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("redirection", ["2>/dev/full", "<&- 2>&-"])
async def test_a_command_does_its_work_without_the_streams_it_does_not_need(
    titled: Installation, redirection: str
) -> None:
    done = _run_in_shell(redirection, titled, "campaigns", "list", "--json")

    assert done.returncode == 0
    assert [row["title"] for row in json.loads(done.stdout)] == [TITLE]


async def test_a_reader_that_has_seen_enough_ends_the_command_quietly(titled: Installation) -> None:
    done = _run_in_shell("| head -n 1", titled, "campaigns", "list", "--json")

    assert (done.stdout, done.stderr) == (b"[\n", b"")


@pytest.mark.parametrize("command", [["send", "-"], ["profiles", "import", "-"]], ids=" ".join)
@pytest.mark.parametrize("redirection", ["<&-", "0>/dev/null"])
async def test_a_closed_input_is_no_empty_one(
    installation: Installation, command: list[str], redirection: str
) -> None:
    done = _run_in_shell(redirection, installation, *command)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"The standard input cannot be read: Bad file descriptor.\n"


@pytest.mark.parametrize(
    "command", [["demo"], ["demo", "--keep"], ["--help"], ["send", "--help"]], ids=" ".join
)
@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_text_that_cannot_be_written_ends_in_a_sentence(command: list[str], redirection: str) -> None:
    done = _run_with_nothing(redirection, *command)

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"The output cannot be written: ")
    assert done.stderr.count(b"\n") == 1


def test_an_argument_that_is_not_text_is_refused_in_a_sentence() -> None:
    done = _start([sys.executable, "-m", "cli", "campaigns", "show", NOT_TEXT], NOWHERE)

    assert (done.returncode, done.stderr) == (2, b"Argument 3 is not UTF-8 text: \\xff\n")


# --- lists that are cut ----------------------------------------------------------------------------------


async def test_a_list_of_dead_letters_that_is_cut_says_so(installation: Installation) -> None:
    await _reject(installation, 55)

    for options in ([], ["--json"]):
        cut = await run(installation, "dead-letters", "list", *options)
        assert "Only 50 of 55 dead letters are listed" in cut.err
    for options in (["--all"], ["--limit", "0"], ["--limit", "55"]):
        whole = await run(installation, "dead-letters", "list", "--json", *options)
        assert (len(whole.json), whole.err) == (55, "")


async def test_a_list_of_executions_that_is_cut_says_so(installation: Installation) -> None:
    await _reject(installation, 55)
    await run(installation, "project", "--once")

    for options in ([], ["--json"]):
        cut = await run(installation, "executions", "list", *options)
        assert "Only 50 of the executions are listed" in cut.err
    for options in (["--all"], ["--limit", "0"], ["--limit", "55"]):
        whole = await run(installation, "executions", "list", "--json", *options)
        assert (len(whole.json), whole.err) == (55, "")


async def _reject(installation: Installation, count: int) -> None:
    await installation.send(*(trigger(campaignId="unknown") for _ in range(count)))
    async with installation.engine():
        await installation.dead_letters(count)


def _run(installation: Installation, *arguments: str, **variables: str) -> Done:
    return _start([sys.executable, "-m", "cli", *arguments], environment_of(installation) | variables)


def _run_in_shell(redirection: str, installation: Installation, *arguments: str) -> Done:
    command = ["sh", "-c", f'"$@" {redirection}', "sh", sys.executable, "-m", "cli", *arguments]
    return _start(command, environment_of(installation))


def _run_with_nothing(redirection: str, *arguments: str) -> Done:
    return _start(["sh", "-c", f'"$@" {redirection}', "sh", sys.executable, "-m", "cli", *arguments], NOWHERE)


def _start(command: list[str], variables: dict[str, Any]) -> Done:
    return subprocess.run(command, env=os.environ | variables, capture_output=True, check=False)

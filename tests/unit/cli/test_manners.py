"""How the command line presents itself: help, mistakes, samples, and a package that hides one of ours."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.commands import suggesting
from cli.hidden import PACKAGES
from cli.main import app
from cli.samples import NAMES
from config.errors import unset
from consumer.campaigns.files import read_campaigns, read_channels
from schemas.reasons import Reason
from tests.forked import Forks, forks

ROOT = Path(__file__).parents[3]
BOXES = set("╭╮╰╯│─")


@pytest.fixture(scope="module")
def forked() -> Iterator[Forks]:
    with forks() as started:
        yield started


def clarion(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Started as its user starts it; where the start itself does not matter, `forked` is quicker."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CLARION_")}
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env=clean | environment,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "arguments", [["--help"], ["campaigns", "show", "--help"], ["campagins"], ["send", "--lane", "x"]]
)
def test_what_is_printed_in_a_pipe_has_no_boxes(arguments: list[str]) -> None:
    done = clarion(*arguments)

    printed = done.stdout + done.stderr
    assert "Usage:" in printed
    assert not BOXES & set(printed)


def test_a_listed_sentence_is_whole(forked: Forks) -> None:
    assert "..." not in forked.run("--help").stdout.replace("[ARGS]...", "")
    assert "..." not in forked.run("topics", "--help").stdout.replace("[ARGS]...", "")


def test_arguments_are_named_without_braces(forked: Forks) -> None:
    usage = forked.run("campaigns", "show", "--help").stdout.splitlines()[0]

    assert usage.endswith("campaigns show [OPTIONS] ID")


def test_flags_have_no_type_on_a_terminal() -> None:
    done = CliRunner().invoke(app, ["campaigns", "show", "--help"])

    assert "--json" in done.output
    assert "<bool>" not in done.output


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["run", "--lane", "unitry"], "unitary"),
        (["suppressions", "add", "emial", "a@b.example"], "email"),
        (["dead-letters", "list", "--reason", "no_consnt"], Reason.NO_CONSENT.value),
        (["dead-letters", "replay", "--reason", "after-end"], Reason.AFTER_END.value),
        (["executions", "list", "--reason", "duplicated"], Reason.DUPLICATE.value),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, list) else case,
)
def test_a_mistaken_choice_is_refused_with_the_one_that_was_meant(
    forked: Forks, arguments: list[str], meant: str
) -> None:
    done = forked.run(*arguments)

    assert done.returncode == 2
    assert f"Did you mean '{meant}'?" in done.stderr


def test_no_choice_is_suggested_for_what_is_like_none() -> None:
    assert suggesting("Value error, 'x' is not one of 'aaaa', 'bbbb'.") == "'x' is not one of 'aaaa', 'bbbb'."


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["project"],
        ["campaigns", "list"],
        ["migrate"],
        ["dead-letters", "list"],
        ["topics", "create"],
    ],
    ids=" ".join,
)
def test_what_is_unset_is_reported_in_one_wording(forked: Forks, arguments: list[str]) -> None:
    done = forked.run(*arguments)

    assert done.returncode == 2
    assert done.stderr.splitlines()
    for line in done.stderr.splitlines():
        assert line in {
            unset("kafka_bootstrap_servers"),
            unset("database_url"),
        }


def test_a_misspelt_variable_ends_the_command_with_the_one_that_was_meant(forked: Forks) -> None:
    done = forked.run("run", CLARION_BATCHMAX="10", CLARION_KAFKA_BOOTSTRAP_SERVERS="localhost:9092")

    assert done.returncode == 2
    assert done.stderr == "CLARION_BATCHMAX: is not a setting; did you mean CLARION_BATCH_MAX?\n"


def test_completion_offers_commands_and_reasons() -> None:
    completing = {"_CLARION_COMPLETE": "complete_bash", "COMP_CWORD": "2"}

    offered = complete("clarion dead-letters re", **completing)

    assert offered == ["replay", "release"]
    assert complete(
        "clarion dead-letters list --reason no_", COMP_CWORD="4", _CLARION_COMPLETE="complete_bash"
    ) == [reason.value for reason in Reason if reason.value.startswith("no_")]


def complete(words: str, **environment: str) -> list[str]:
    program = "import sys; sys.argv[0] = 'clarion'; from cli.entry import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | environment | {"COMP_WORDS": words},
        check=False,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


def test_the_samples_are_written_as_files_that_can_be_applied(forked: Forks, tmp_path: Path) -> None:
    place = tmp_path / "new" / "samples"

    done = forked.run("samples", str(place))

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in place.iterdir()) == sorted(NAMES)
    assert read_channels(place / "channels.yaml")
    assert len(read_campaigns(sorted((place / "campaigns").glob("*.yaml")))) > 3


def test_the_samples_replace_nothing(forked: Forks, tmp_path: Path) -> None:
    (tmp_path / "channels.yaml").write_text("mine")

    done = forked.run("samples", str(tmp_path))

    assert done.returncode == 1
    assert "exists already; choose another folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["channels.yaml"]


def test_a_package_that_hides_one_of_ours_is_named_in_a_sentence(tmp_path: Path) -> None:
    hiding = tmp_path / "config"
    hiding.mkdir()
    (hiding / "__init__.py").write_text("")

    done = clarion("campaigns", "list", PYTHONPATH=str(tmp_path), PYTHONSAFEPATH="1")

    assert done.returncode == 1
    assert f"`config` is not found: there is the one at {hiding}." in done.stderr
    assert "Traceback" not in done.stderr


def test_the_packages_that_can_be_hidden_are_those_of_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert {*PACKAGES, "cli"} == set(wheel)

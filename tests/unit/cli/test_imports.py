"""Each command imports what it uses: that, and not a clock, is what makes the command line quick."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typer.main import get_command

from cli import campaigns, dead_letters
from cli.lazy import Lazy, ListedCommand, first_sentence
from cli.main import COMMANDS, app

ROOT = Path(__file__).parents[3]
KAFKA = {"aiokafka"}
DATABASE = {"asyncpg"}
SETTINGS = {"pydantic_settings"}  # pydantic itself is loaded by typer, to read values
TEMPLATES = {"jinja2", "consumer.template"}
SERVICE = {"aiohttp", "prometheus_client", "structlog"}
NEVER = {"bench", "demo", "embedded", "proof", "testcontainers", "confluent_kafka", "sqlalchemy", "alembic"}
EVERYTHING = KAFKA | DATABASE | SETTINGS | TEMPLATES | SERVICE | NEVER | {"consumer", "schemas", "config"}

PROGRAM = """
import sys
sys.argv[0] = "clarion"
from cli.entry import main
try:
    main()
except SystemExit:
    pass
sys.__stdout__.write("\\n" + " ".join(sys.modules))
"""


@pytest.mark.parametrize(
    "arguments", ["--version", "--help", "campaigns --help", "dead-letters --help", "campagins", ""]
)
def test_what_answers_without_work_loads_no_library_but_typer(arguments: str) -> None:
    assert loaded(arguments) & EVERYTHING == set()


@pytest.mark.parametrize("arguments", ["campaigns list", "campaigns list --json"])
def test_listing_campaigns_loads_the_settings_and_the_database(arguments: str) -> None:
    modules = loaded(arguments)

    assert modules & EVERYTHING <= DATABASE | SETTINGS | {"consumer", "schemas", "config"}
    assert modules >= DATABASE | SETTINGS
    assert "rich.console" not in modules


def test_a_database_that_does_not_answer_is_reported_without_the_client_of_kafka() -> None:
    modules = loaded("campaigns list", CLARION_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    assert modules & (KAFKA | TEMPLATES | SERVICE | NEVER) == set()


@pytest.mark.parametrize("arguments", ["run", "project", "dead-letters release --watch"])
def test_a_service_loads_neither_the_proof_nor_the_demo_nor_their_servers(arguments: str) -> None:
    modules = loaded(arguments)

    assert modules >= KAFKA | DATABASE
    assert modules & NEVER == set()


def test_sending_loads_neither_the_database_nor_the_templates() -> None:
    assert loaded("send --help") & (DATABASE | TEMPLATES | SERVICE | NEVER) == set()


@pytest.mark.parametrize(
    ("listed", "path"),
    [(COMMANDS, ""), (campaigns.COMMANDS, "campaigns"), (dead_letters.COMMANDS, "dead-letters")],
    ids=["clarion", "campaigns", "dead-letters"],
)
def test_a_command_is_listed_by_its_own_first_sentence(listed: Mapping[str, Lazy], path: str) -> None:
    for name, lazy in listed.items():
        command = ListedCommand(name, lazy).load()

        assert lazy.sentence == first_sentence(command.help), f"{path} {name}"


def test_every_command_can_be_loaded() -> None:
    names = set(walk(get_command(app)))

    assert {"run", "campaigns backtest", "dead-letters release", "topics create"} <= names


def walk(group: object, path: str = "") -> Iterator[str]:
    for name, listed in getattr(group, "commands", {}).items():
        command = listed.load() if isinstance(listed, ListedCommand) else listed
        yield f"{path}{name}"
        yield from walk(command, f"{path}{name} ")


def loaded(arguments: str, **settings: str) -> set[str]:
    """The modules that `clarion` with these arguments imported by its end, with only these settings made."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLARION_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments.split()],
        cwd=ROOT,
        env=environment | settings,
        check=True,
        capture_output=True,
        text=True,
    )
    modules = set(done.stdout.splitlines()[-1].split())
    assert "cli.main" in modules, done.stderr
    return modules

"""What `clarion prove` makes of its options, and of what came out."""

from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner

from cli import prove as command
from cli.prove import prove
from proof import perform
from proof.director import Event
from proof.faults import KINDS
from proof.plan import Plan
from proof.report import Report
from proof.verify import Finding, Kind

app = typer.Typer()
app.command()(prove)

EVENTS = [Event("kill", "worker-1", 1.0, 0.1, seconds, 2 * seconds) for seconds in (1.0, 2.0, 6.0)]


@pytest.fixture
def findings(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What the proof is to find; it is not carried out."""
    found: list[Finding] = []

    async def performed(plan: Plan, *_: object) -> Report:
        return Report(plan, {"session_timeout_ms": 10_000}, 60.0, 6_000, {"deliveries": 9_000}, EVENTS, found)

    monkeypatch.setattr(perform, "perform", performed)
    return found


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


def test_the_last_line_tells_what_was_counted(findings: list[Finding]) -> None:
    result = run("--seed", "7")

    assert result.exit_code == 0
    assert findings == []
    assert result.stdout.splitlines()[-1] == (
        "triggers=6000 faults=3 lost=0 duplicated=0 misordered=0 phantom=0 wrong=0 unsettled=0 died=0"
    )


def test_one_finding_is_enough_to_fail(findings: list[Finding]) -> None:
    findings.append(Finding(Kind.LOST, "deliveries", "one is not there"))

    result = run()

    assert result.exit_code == 1
    assert "one is not there" in result.stdout
    assert "lost=1" in result.stdout.splitlines()[-1]


def test_the_report_tells_the_seed_and_how_soon_deliveries_went_on(
    findings: list[Finding], tmp_path: Path
) -> None:
    run("--seed", "7", "--report", str(tmp_path / "report.json"))

    report = orjson.loads((tmp_path / "report.json").read_bytes())
    assert findings == []
    assert report["plan"]["seed"] == 7
    assert report["plan"]["faults"] == [*KINDS]
    assert report["recoveries"]["kill"] == {
        "count": 3,
        "first_median": 2.0,
        "first_max": 6.0,
        "all_median": 4.0,
        "all_max": 12.0,
    }


def test_a_fault_that_there_is_not_is_refused() -> None:
    result = run("--faults", "kill,earthquake")

    assert result.exit_code == 2
    assert "earthquake" in result.stderr


def test_without_the_other_client_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _name: None)

    result = run()

    assert result.exit_code == 2
    assert "clarion[proof]" in result.stderr


def test_a_folder_that_there_is_not_is_told_before_the_proof_and_not_after_it(tmp_path: Path) -> None:
    result = run("--report", str(tmp_path / "nowhere" / "report.json"))

    assert result.exit_code == 2
    assert "There is no folder" in result.stderr


async def unreachable(*_: object) -> Report:
    raise ConnectionRefusedError("nobody listens")


def test_servers_that_do_not_answer_are_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perform, "perform", unreachable)

    result = run()

    assert result.exit_code == 1
    assert "does not answer" in result.stderr
    assert isinstance(result.exception, SystemExit)

"""The engine's seams: there for the proof, closed to everybody else."""

from datetime import UTC, datetime, timedelta
from inspect import getsource

import pytest

from cli import run
from config.settings import Settings
from consumer.app import Engine
from consumer.exactly_once.seams import NO_SEAMS, Moment
from proof import sabotage
from proof.moments import MOMENTS
from proof.worker import Traps


@pytest.mark.parametrize("moment", Moment)
def test_nothing_happens_at_a_seam_by_itself(moment: Moment) -> None:
    NO_SEAMS.reached(moment)


def test_the_clock_is_right_by_itself() -> None:
    assert abs(NO_SEAMS.clock() - datetime.now(UTC)) < timedelta(seconds=5)


def test_no_setting_reaches_a_seam_or_a_sabotage() -> None:
    assert not [name for name in Settings.model_fields if "seam" in name or "sabotage" in name]
    assert "seams" not in getsource(run)


def test_an_engine_has_no_seams_unless_it_is_given_some() -> None:
    settings = Settings(kafka_bootstrap_servers="localhost:9092", database_url="postgresql://localhost/x")

    assert Engine(settings, "unitary")._seams is NO_SEAMS  # noqa: SLF001 - what it is about


def test_the_proof_strikes_at_every_seam() -> None:
    assert {moment.name for moment in MOMENTS} == set(Moment)


def test_a_trap_springs_once_and_only_at_its_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr("os.kill", lambda _pid, number: sent.append(number))
    traps = Traps()
    traps.add("claimed SIGSTOP 0")

    for moment in (Moment.ASSIGNED, Moment.CLAIMED, Moment.CLAIMED):
        traps.reached(moment)

    assert len(sent) == 1


def test_a_sabotage_replaces_parts_that_there_are() -> None:
    for parts in sabotage.SABOTAGES.values():
        for module, name, _ in parts:
            assert hasattr(module, name)

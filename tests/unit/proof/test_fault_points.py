"""The engine's fault points: there for the proof, closed to everybody else."""

from datetime import UTC, datetime, timedelta
from inspect import getsource

import pytest

from cli import run
from config.settings import Settings
from consumer.app import Engine
from consumer.exactly_once.fault_points import NO_FAULT_POINTS, FaultPoint
from proof import sabotage
from proof.moments import MOMENTS
from proof.worker import Traps


@pytest.mark.parametrize("point", FaultPoint)
def test_nothing_happens_at_a_fault_point_by_itself(point: FaultPoint) -> None:
    NO_FAULT_POINTS.reached(point)


def test_the_clock_is_right_by_itself() -> None:
    assert abs(NO_FAULT_POINTS.clock() - datetime.now(UTC)) < timedelta(seconds=5)


def test_no_setting_reaches_a_fault_point_or_a_sabotage() -> None:
    assert not [name for name in Settings.model_fields if "fault_point" in name or "sabotage" in name]
    assert "fault_points" not in getsource(run)


def test_an_engine_has_no_fault_points_unless_it_is_given_some() -> None:
    settings = Settings(kafka_bootstrap_servers="localhost:9092", database_url="postgresql://localhost/x")

    assert Engine(settings, "unitary")._fault_points is NO_FAULT_POINTS  # noqa: SLF001 - what it is about


def test_the_proof_strikes_at_every_fault_point() -> None:
    assert {moment.name for moment in MOMENTS} == set(FaultPoint)


def test_a_trap_springs_once_and_only_at_its_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr("os.kill", lambda _pid, number: sent.append(number))
    traps = Traps()
    traps.add("claimed SIGSTOP 0")

    for point in (FaultPoint.ASSIGNED, FaultPoint.CLAIMED, FaultPoint.CLAIMED):
        traps.reached(point)

    assert len(sent) == 1


def test_a_sabotage_replaces_parts_that_there_are() -> None:
    for parts in sabotage.SABOTAGES.values():
        for module, name, _ in parts:
            assert hasattr(module, name)
